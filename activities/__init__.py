"""Activities: each touches the world, or decides by the policy, once and idempotently.

One that runs in a thread is not to be interrupted (`no_thread_cancel_exception`): it is over in
seconds, and an exception between any two steps could leave a lock taken or a commit half done.
"""
