"""A made-up company to look at: a maker of boards and panels, with trouble on purpose."""
