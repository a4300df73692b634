"""What a picture costs on AWS, and how many are worked on at once."""
