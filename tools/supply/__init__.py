"""What the image holds: its licences, its bill of materials, and known vulnerabilities of it."""
