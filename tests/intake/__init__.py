"""From alerts to incidents: folding, storms, webhooks, signatures, real monitors."""
