"""Reading objectives. Narrowed by what she may see; a page asks a bounded number of queries."""
