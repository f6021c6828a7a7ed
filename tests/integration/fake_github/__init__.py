"""A stateful GitHub that runs within a test and refuses what the real one refuses.

`server.FakeGitHub` is given a real git repository, opens pull requests between its branches and
answers REST and GraphQL calls under `api_url`. Whatever goes in or out is judged by GitHub's own
description (`openapi.json`, cut by `cut_openapi.py`); what that cannot say is in `reviews`,
`checks` and `graphql`. `faults` lets things go wrong, `log` and `writes` tell what was asked, and
`violations` must be empty when a test ends.
"""
