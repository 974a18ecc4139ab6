"""Jobs: work that outlives the page that started it, one at a time per device."""
