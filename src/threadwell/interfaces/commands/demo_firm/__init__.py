"""The demo firm: Nordhavn Logistics & Installations, invented, with some months of history.

    firm       who works there, its teams and inboxes; made, found and removed
    wordbook   what people write, by language (words/*.toml)
    customers  who writes to it
    plot       what happened, as steps with moments; the same for the same start
    mails      the steps of customers as the mails that their programs write
    files      what goes along with them
    books      what an earlier system left: organisations, people, fields
    ratings    what customers thought of how they were helped
    telling    the plot told again through the doors of real mail
    character  customers who go on writing while one looks

Nothing outside the commands `demo` and `simulate` leans on it.
"""
