package addons

import (
	"fmt"
	"time"

	"github.com/terraform-srm/terraform-provider-srm/internal/responsibility"
)

// maxFields is the maximum number of fields listed for an alteration.
const maxFields = 5

// Changes returns the findings as changes that shift responsibility.
func (f *Result) Changes() responsibility.InClusterChanges {
	changes := responsibility.InClusterChanges{Untraced: f.WithoutManagedFields, UnknownManagers: f.UnknownManagers}
	for _, a := range f.Altered {
		fields := a.Fields
		if more := len(fields) - maxFields; more > 0 {
			fields = append(append([]string{}, fields[:maxFields]...), fmt.Sprintf("%d more fields", more))
		}
		at := ""
		if !a.Time.IsZero() {
			at = a.Time.Format(time.RFC3339)
		}
		changes.Altered = append(changes.Altered, responsibility.AlteredAddOn{
			Component: a.Component, Object: a.Object, By: a.Manager, At: at, Fields: fields,
		})
	}
	for _, w := range f.NodeChangers {
		changes.NodeChanges = append(changes.NodeChanges, responsibility.NodeChange{Object: w.Object, Reason: w.Reason})
	}
	return changes
}
