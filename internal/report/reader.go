package report

import (
	"cmp"
	"strings"

	"github.com/terraform-srm/terraform-provider-srm/internal/assessment"
)

// reader describes the identity that read the facts.
func (i Input) reader(r assessment.Reader) string {
	parts := []string{}
	if key := strings.TrimSpace(r.AccessKey + " " + r.Principal); key != "" {
		parts = append(parts, key)
	}
	switch {
	case len(r.PermissionSets) > 0:
		parts = append(parts, strings.Join(r.PermissionSets, ", "))
	case r.PermissionSetsUnread != (assessment.Text{}):
		parts = append(parts, i.say("permission sets not known: ", "jeux de permissions inconnus : ")+
			i.in(r.PermissionSetsUnread))
	}
	return cmp.Or(strings.Join(parts, i.say(": ", " : ")), "—")
}
