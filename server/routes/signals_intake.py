"""Signal events, control states and lane counts in. All need a key with the scope `signals`."""
