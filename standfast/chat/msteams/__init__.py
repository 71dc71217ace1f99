"""Microsoft Teams, by the parts of Microsoft's SDK that send and read; requests are ours to serve.

`microsoft-teams-apps`, the SDK's server, is left out: it fetches keys in the event loop of whoever
asks, believes any tenant, and brings another server along.
"""
