package collect

import (
	"cmp"
	"context"

	"github.com/terraform-srm/terraform-provider-srm/internal/assessment"
	"github.com/terraform-srm/terraform-provider-srm/internal/scaleway"
)

// readReader reads the permission sets of the API key that reads the facts. Most keys may not read IAM: that is no gap
// of the facts, and the reader says why.
func (c *collector) readReader(ctx context.Context, reader *assessment.Reader, organizationID string) {
	if c.SkipReader {
		return
	}
	organizationID = cmp.Or(organizationID, c.Scaleway.OrganizationID())
	own, gap := read(ctx, c, func(ctx context.Context) (scaleway.APIKeyPermissions, error) {
		return c.Scaleway.OwnPermissions(ctx, organizationID)
	})
	switch {
	case own.UserID != "":
		reader.Principal = "user/" + own.UserID
	case own.ApplicationID != "":
		reader.Principal = "application/" + own.ApplicationID
	}
	switch {
	case gap != nil:
		reader.PermissionSetsUnread = gap.Reason.Label()
		if gap.Needs != "" {
			reader.PermissionSetsUnread.EN += " (" + gap.Needs + ")"
			reader.PermissionSetsUnread.FR += " (" + gap.Needs + ")"
		}
	case len(own.PermissionSets) == 0:
		reader.PermissionSetsUnread = assessment.Text{
			EN: "no policy gives any; the owner of an Organization has all rights without one",
			FR: "aucune politique n'en accorde ; le propriétaire d'une Organisation a tous les droits sans politique",
		}
	default:
		reader.PermissionSets = own.PermissionSets
	}
}
