"""DNS records of mail: resolver, SPF, DMARC."""
