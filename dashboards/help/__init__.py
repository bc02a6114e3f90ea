"""Help in place: what each page of the menu says, as texts alone. Which topic belongs to which page: `topics.topic_of`."""
