"""What people do with the pages of this floor: one function for each thing, one transaction with its audit entry."""
