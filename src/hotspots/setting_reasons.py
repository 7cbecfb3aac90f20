"""Why each setting is what it is: the comments of the configuration file that ships."""

from functools import cache

from hotspots.settings import shipped


@cache
def setting_reasons() -> dict[str, str]:
    """The reason of each setting by ``section.key``, in the words of `config/hotspots.toml` (English).

    Examples
    --------
    >>> setting_reasons()["detection.min_weeks"]
    'Lasting: in different weeks, so that one bad fortnight does not count.'
    """
    reasons: dict[str, str] = {}
    section, comment = "", list[str]()
    for line in shipped("config/hotspots.toml").read_text(encoding="utf-8").splitlines():
        if line.startswith("["):
            section = line.strip("[] ")
        elif line.startswith("#"):
            comment.append(line.strip("# "))
        elif "=" in line:
            reasons[f"{section}.{line.partition('=')[0].strip()}"] = " ".join(comment)
            comment = []
        else:
            comment = []
    return reasons
