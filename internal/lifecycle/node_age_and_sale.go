package lifecycle

import "time"

// RecommendedNodeAgeDays is the age at which Scaleway recommends replacing a node (clause LIF-04). Source: the
// definition of the managed Kubernetes service in Scaleway's documentation, 2025-07-15.
const RecommendedNodeAgeDays = 30

const wholeDay = 24 * time.Hour

// NodeAge is the age of a node in whole days, and the number of days left until the recommended limit. Both are rounded
// down, so that Left is negative after the limit.
type NodeAge struct{ Days, Left int }

// NodeAgeAt returns the age of a node at a time. It returns false if the creation is unknown or on a later day. On the
// day of its creation a node has the age 0 even before its creation: the default time is the start of the day.
func NodeAgeAt(createdAt, at time.Time) (NodeAge, bool) {
	if createdAt.IsZero() {
		return NodeAge{}, false
	}
	if createdAt.After(at) {
		return NodeAge{
			Days: 0, Left: RecommendedNodeAgeDays,
		}, createdAt.UTC().Truncate(wholeDay).Equal(at.UTC().Truncate(wholeDay))
	}
	limit := createdAt.Add(RecommendedNodeAgeDays * wholeDay)
	return NodeAge{Days: daysBetween(createdAt, at), Left: daysBetween(at, limit)}, true
}

// daysBetween returns the number of whole days between two times, rounded down.
func daysBetween(from, to time.Time) int {
	passed := to.Sub(from)
	days := int(passed / wholeDay)
	if passed%wholeDay < 0 {
		days--
	}
	return days
}

// Sale is the product catalogue's entry of a node type. A zero time is an unknown date. Status has the API's values.
type Sale struct {
	Status                                  string
	EndOfGrowthAt, EndOfSaleAt, EndOfLifeAt time.Time
	Replacements                            []string // Types that the catalogue recommends instead.
}

// SaleStage is the stage of the sale of a node type.
type SaleStage string

// The stages in chronological order, and SaleUnknown.
const (
	SaleOpen        SaleStage = "open"
	SaleNoFeatures  SaleStage = "end_of_new_features" // Sold without new features.
	SaleEndOfGrowth SaleStage = "end_of_growth"       // Not sold to new customers.
	SaleEndOfSale   SaleStage = "end_of_sale"         // No new nodes.
	SaleEndOfLife   SaleStage = "end_of_life"         // Not supported any more.
	SaleUnknown     SaleStage = "unknown"
)

// SaleStages returns all stages of a node type.
func SaleStages() []SaleStage {
	return []SaleStage{SaleOpen, SaleNoFeatures, SaleEndOfGrowth, SaleEndOfSale, SaleEndOfLife, SaleUnknown}
}

// StageAt returns the stage of a node type at a time. A date takes precedence over the status, which is that of the day
// of the API's response. The status is used only if its date is missing.
func (s Sale) StageAt(at time.Time) SaleStage {
	reached := func(date time.Time, statuses ...string) bool {
		if !date.IsZero() {
			return !at.Before(date)
		}
		for _, status := range statuses {
			if s.Status == status {
				return true
			}
		}
		return false
	}
	switch {
	case reached(s.EndOfLifeAt, "end_of_life", "retired"):
		return SaleEndOfLife
	case reached(s.EndOfSaleAt, "end_of_sale", "end_of_support", "end_of_deployment"):
		return SaleEndOfSale
	case reached(s.EndOfGrowthAt, "end_of_growth"):
		return SaleEndOfGrowth
	}
	switch s.Status {
	case "end_of_new_features":
		return SaleNoFeatures
	case "public_beta", "preview", "general_availability":
		return SaleOpen
	}
	// The status has a date after that time, or it is not a known status.
	if _, _, ok := s.NextEnd(at); ok {
		return SaleOpen
	}
	return SaleUnknown
}

// NextEnd returns the first date after a time, and the stage that begins then. It returns false if there is none.
func (s Sale) NextEnd(at time.Time) (SaleStage, time.Time, bool) {
	for _, end := range []struct {
		stage SaleStage
		date  time.Time
	}{{SaleEndOfGrowth, s.EndOfGrowthAt}, {SaleEndOfSale, s.EndOfSaleAt}, {SaleEndOfLife, s.EndOfLifeAt}} {
		if end.date.After(at) {
			return end.stage, end.date, true
		}
	}
	return "", time.Time{}, false
}
