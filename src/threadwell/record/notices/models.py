"""The tables of this family."""

from threadwell.record.notices.notice import Notice, Notices
from threadwell.record.notices.ways import By, NoticeTrip, NoticeWay, PushKey
from threadwell.record.notices.wishes import NoticeWishes, When

__all__ = ["By", "Notice", "NoticeTrip", "NoticeWay", "NoticeWishes", "Notices", "PushKey", "When"]
