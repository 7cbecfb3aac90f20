"""The table [detection] of the settings file: every threshold by which a place is a hotspot."""

from datetime import timedelta
from typing import Self

from pydantic import Field, PositiveFloat, model_validator

from hotspots.settings.section import Section, Share


class DetectionSettings(Section):
    """When a place is a hotspot, and what is said of it; in the order in which detection asks."""

    # which reports are one place
    bandwidths_m: tuple[PositiveFloat, ...] = Field(default=(18, 12), min_length=1)
    kernel_bandwidths: float = Field(default=2.5, gt=0)
    link_bandwidths: float = Field(default=2.2, gt=0)
    same_peak: Share = 0.6
    flank: Share = 0.12
    core: Share = 0.35
    radius_share: Share = 0.9
    # the rules
    look_back_weeks: int = Field(default=26, ge=4, le=104)
    min_reports: int = Field(default=8, ge=2)
    min_days: int = Field(default=6, ge=2)
    min_weeks: int = Field(default=5, ge=2)
    min_duration_days: int = Field(default=42, ge=7)
    min_reporters: int = Field(default=3, ge=1)
    max_reporter_share: Share = 0.6
    min_known_share: Share = 0.25
    max_reporter_cells: int = Field(default=25, ge=2)
    burst_hours: int = Field(default=72, ge=1)
    max_burst_share: Share = 0.5
    quiet_weeks: int = Field(default=8, ge=1)
    # more than the surroundings explain
    max_p: Share = 0.02
    max_p_lasting: Share = 0.05
    min_lasting: int = Field(default=2, ge=1)
    lasting_share: Share = 0.15
    max_p_passing: Share = 1e-4
    min_passing_reports: int = Field(default=9, ge=1)
    passing_share: Share = 0.0
    min_ratio: float = Field(default=2, ge=1)
    max_radius_m: float = Field(default=75, gt=0)
    surroundings_m: float = Field(default=1000, gt=0)
    edge_m: float = Field(default=15, gt=0)
    close_m: float = Field(default=30, gt=0)
    near_m: float = Field(default=300, gt=0)
    widest_ring_m: float = Field(default=1000, gt=0)
    neighbour_degrees: float = Field(default=60, gt=0, lt=360)
    neighbour_times: float = Field(default=3, ge=1)
    neighbour_least: float = Field(default=5, ge=0)
    neighbourhood_m: float = Field(default=400, gt=0)
    neighbourhood_times: float = Field(default=5, ge=0)
    look_radius_m: float = Field(default=40, gt=0)
    smallest_p: float = Field(default=1e-6, gt=0, le=1)
    # what is kept of places that are not signalled
    near_share: Share = 0.75
    # wide places: parks, squares with their streets, streets
    wide_places: bool = True
    most_reports_for_wide: int = Field(default=50_000, ge=0)
    wide_radii_m: tuple[PositiveFloat, ...] = Field(default=(60, 85, 120, 170, 230, 300), min_length=1)
    strip_lengths_m: tuple[PositiveFloat, ...] = Field(default=(110, 150, 200, 270, 340, 420), min_length=1)
    strip_half_width_m: float = Field(default=18, gt=0)
    strip_angles: int = Field(default=36, ge=4)
    widest_m: float = Field(default=300, gt=0)
    refine_steps: tuple[PositiveFloat, ...] = Field(default=(0.3, 0.1), min_length=1)
    wide_max_p: Share = 0.005
    usual_ratio: float = Field(default=3, ge=1)
    sight_directions: int = Field(default=12, ge=2)
    sight_left_out: int = Field(default=2, ge=0)
    sight_prior: float = Field(default=10, ge=0)
    sight_trimmed: Share = 0.2
    max_overlap: Share = 0.25
    inside_share: Share = 0.5
    max_inside_p: Share = 0.01
    max_gap_p: Share = 0.01
    alike_share: Share = 0.6
    busiest_spot_m: float = Field(default=25, gt=0)
    busiest_spots: int = Field(default=2, ge=0)
    max_spread_p: Share = 3e-4
    min_spread_ratio: float = Field(default=3, ge=1)
    steady_weeks: tuple[int, ...] = (8, 13, 18)
    max_steady_p: Share = 3e-5
    change_ratio: float = Field(default=3, ge=1)
    steady_ratio: float = Field(default=4, ge=1)
    min_returning_share: Share = 0.2
    surely_ratio: float = Field(default=30, ge=1)
    known_share: Share = 0.75
    same_people_share: Share = 0.3
    other_people_share: Share = 0.03
    # false alarms
    max_rest_p: Share = 0.003
    min_rest_weeks: int = Field(default=3, ge=1)
    peak_share: Share = 0.2
    min_peak_reports: int = Field(default=4, ge=1)
    episode_days: int = Field(default=21, ge=7)
    episode_share: Share = 0.5
    max_episode_rest_p: Share = 0.01
    min_series_reports: int = Field(default=4, ge=1)
    shared_coordinate_share: Share = 0.5
    max_one_report_share: Share = 0.75
    min_known_reporters: int = Field(default=3, ge=1)
    min_named_addresses: int = Field(default=3, ge=1)
    same_address_share: Share = 0.6
    max_same_text_share: Share = 0.25
    min_same_texts: int = Field(default=4, ge=2)
    min_same_words: int = Field(default=3, ge=1)
    crowd_m: float = Field(default=250, gt=0)
    min_crowd_reports: int = Field(default=6, ge=1)
    max_crowd_p: Share = 1e-4
    crowd_margin_hours: int = Field(default=12, ge=0)
    # dwelling or area
    woning_prior: float = Field(default=0.2, gt=0, lt=1)
    woning_share: float = Field(default=0.68, gt=0, lt=1)
    gebied_share: float = Field(default=0.12, gt=0, lt=1)
    share_weight: float = Field(default=16, gt=0)
    neighbour_m: float = Field(default=17, gt=0)
    pin_share: float = Field(default=0.7, ge=0, lt=1)
    stray_share: float = Field(default=0.1, gt=0, lt=1)
    woning_text_share: float = Field(default=0.4, gt=0, lt=1)
    gebied_text_share: float = Field(default=0.05, gt=0, lt=1)
    told_in_texts: Share = 0.7
    min_texts: int = Field(default=4, ge=1)
    most_without_words: Share = 0.9
    most_by_texts: float = Field(default=20, ge=1)
    possible_woning: Share = 0.5
    possible_share: Share = 0.6
    sure_woning: float = Field(default=0.98, ge=0.5, le=1)
    runner_up_share: Share = 0.6
    door_m: float = Field(default=4, gt=0)
    elsewhere_m: float = Field(default=15, gt=0)
    # safety or liveability
    clear_share: float = Field(default=0.53, ge=0.5, le=1)
    threat_share: Share = 0.7
    weak_vote: Share = 0.3
    drugs_weight: float = Field(default=0.3, ge=0)
    night_weight: float = Field(default=0.1, ge=0)
    woning_weight: float = Field(default=0.4, ge=0)
    night_begins_hour: int = Field(default=23, ge=12, le=23)
    night_ends_hour: int = Field(default=5, ge=0, le=11)
    min_hour_share: Share = 0.5
    negation_words: int = Field(default=3, ge=0)
    forgiving_length: int = Field(default=7, ge=2)
    # the outline
    outline_grid_m: float = Field(default=25, gt=0)
    outline_grid_margin_m: float = Field(default=5, ge=0)
    outline_margin_m: float = Field(default=15, gt=0)
    outline_bridge_m: float = Field(default=25, gt=0)
    # how it goes on
    trend_recent_weeks: int = Field(default=8, ge=1)
    max_trend_p: Share = 0.05
    min_trend_gap_weeks: int = Field(default=3, ge=1)
    hot_hours: int = Field(default=5, ge=1, le=24)
    max_hot_hours_p: Share = 0.05
    cell_trailing_weeks: int = Field(default=4, ge=1)
    max_cell_p: Share = 0.05
    persistent_share: float = Field(default=0.9, gt=0, le=1)
    max_cell_trend_p: Share = 0.05

    @property
    def burst(self) -> timedelta:
        """How long a burst is."""
        return timedelta(hours=self.burst_hours)

    @property
    def episode(self) -> timedelta:
        """How long an episode is."""
        return timedelta(days=self.episode_days)

    @model_validator(mode="after")
    def _rules_fit_in_window(self) -> Self:
        if self.min_duration_days > self.look_back_weeks * 7:
            raise ValueError(
                f"min_duration_days ({self.min_duration_days}) is longer than look_back_weeks "
                f"({self.look_back_weeks} weeks): nothing could ever be flagged"
            )
        return self
