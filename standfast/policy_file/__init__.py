"""Reading the policy's files, with the line of every error, and the policy in force."""
