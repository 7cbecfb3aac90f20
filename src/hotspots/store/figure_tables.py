"""The table of other figures, such as those of police registrations and the Veiligheidsmonitor."""

from sqlalchemy import CheckConstraint, Column, Date, Float, String, Table, UniqueConstraint

from hotspots.store.schema import Id, UtcDateTime, metadata

other_figures = Table(
    "other_figures",
    metadata,
    Column("id", Id, primary_key=True),
    Column("source", String(60), nullable=False),
    Column("category", String(200), nullable=False),
    Column("unit", String(10), nullable=False),  # a number of cases, or a share of 0 to 1
    Column("first", Date, nullable=False),  # first and last day of the period
    Column("last", Date, nullable=False),
    Column("area", String(20), nullable=False),  # code of a buurt, wijk or municipality; "" is all of it
    Column("value", Float),  # null: the source gives no figure
    Column("imported_at", UtcDateTime, nullable=False),
    UniqueConstraint("source", "category", "unit", "first", "last", "area"),
    CheckConstraint("unit IN ('aantal', 'aandeel')", name="unit"),
    CheckConstraint("first <= last", name="period"),
    comment="Figures of others, shown beside ours; no part of any judgement",
)
