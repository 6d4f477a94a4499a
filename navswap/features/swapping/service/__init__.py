"""Use cases of swapping, by what a rider lives through: recommendation, hold, swap."""

from navswap.features.swapping.service.holds import HoldService
from navswap.features.swapping.service.recommendations import RecommendationService
from navswap.features.swapping.service.swaps import SwapService

__all__ = ["HoldService", "RecommendationService", "SwapService"]
