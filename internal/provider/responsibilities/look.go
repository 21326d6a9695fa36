package responsibilities

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/scaleway/scaleway-sdk-go/scw"

	"github.com/terraform-srm/terraform-provider-srm/internal/framework"
	"github.com/terraform-srm/terraform-provider-srm/internal/framework/inside"
	"github.com/terraform-srm/terraform-provider-srm/internal/kubernetes"
	"github.com/terraform-srm/terraform-provider-srm/internal/kubernetes/integrity"
	"github.com/terraform-srm/terraform-provider-srm/internal/responsibility"
	"github.com/terraform-srm/terraform-provider-srm/internal/scaleway"
)

// insideOf is how the inside of a cluster begins in not_looked_at.
const insideOf = "The inside of the cluster: "

// look looks into a cluster where it is wanted; nil where it is not, or where it cannot be done: that is said, and is an
// error only where the provider's `kubernetes` block wants it to be one.
func (d *dataSource) look(ctx context.Context, m *model, region scw.Region, id string, diags *diag.Diagnostics) *responsibility.Inside {
	if !m.LookIntoCluster.ValueBool() {
		m.NotLookedAt = append(m.NotLookedAt, insideOf+"set look_into_cluster to true to look for altered managed add-ons.")
		return nil
	}
	reach := d.provider.Kubernetes
	if reach.Unknown {
		m.NotLookedAt = append(m.NotLookedAt, insideOf+"the provider's kubernetes block depends on a value that is not known until apply.")
		return nil
	}
	found, err := d.inside(ctx, region, id)
	if err == nil {
		return describeInside(m, found)
	}
	const summary = "Unable to look into the cluster"
	if ctx.Err() != nil || reach.FailUnreachable && kubernetes.IsUnreachable(err) {
		diags.AddAttributeError(path.Root("look_into_cluster"), summary, framework.Explain(err))
		return nil
	}
	diags.AddAttributeWarning(path.Root("look_into_cluster"), summary, framework.Explain(err)+
		"\nWhat depends on it is not_evaluated, and stands in not_looked_at.")
	m.NotLookedAt = append(m.NotLookedAt, insideOf+unseen(err))
	return nil
}

// unseen says why the inside could not be looked at without what differs from run to run, such as ports: the warning has it.
func unseen(err error) string {
	switch {
	case kubernetes.IsUnreachable(err):
		return "its API server cannot be reached from here."
	case kubernetes.Is(err, kubernetes.Forbidden), kubernetes.Is(err, kubernetes.Unauthorized), scaleway.IsForbidden(err):
		return "the API key may not look into it."
	}
	return "it could not be read; the warning says why."
}

func (d *dataSource) inside(ctx context.Context, region scw.Region, id string) (integrity.Found, error) {
	client, err := inside.Connect(ctx, d.provider, region, id)
	if err != nil {
		return integrity.Found{}, err
	}
	return client.Integrity(ctx)
}

// shownFields is how many fields of an alteration are named.
const shownFields = 5

// describeInside is what was found as the matrix wants it. Who set managed components and is not known is said: it is taken
// neither for Scaleway nor for somebody else.
func describeInside(m *model, found integrity.Found) *responsibility.Inside {
	inside := &responsibility.Inside{Untraced: found.Untraced}
	for _, a := range found.Altered {
		fields := a.Fields
		if more := len(fields) - shownFields; more > 0 {
			fields = append(append([]string{}, fields[:shownFields]...), fmt.Sprintf("%d more fields", more))
		}
		at := ""
		if !a.At.IsZero() {
			at = a.At.Format(time.RFC3339)
		}
		inside.Altered = append(inside.Altered, responsibility.AlteredAddOn{Component: a.Component, Object: a.Object, By: a.By, At: at, Fields: fields})
	}
	for _, w := range found.Changing {
		inside.Changing = append(inside.Changing, responsibility.NodeChange{Object: w.Object, Why: w.Why})
	}
	if len(found.Unknown) > 0 {
		m.NotLookedAt = append(m.NotLookedAt, fmt.Sprintf("Whether %s, who set fields of managed add-ons, is Scaleway's automation: the names that it goes by are not published.",
			strings.Join(found.Unknown, ", ")))
	}
	if len(found.Untraced) > 0 {
		m.NotLookedAt = append(m.NotLookedAt, fmt.Sprintf("Whether %s in kube-system were altered: somebody cleared their managedFields, which keep who set what.",
			strings.Join(found.Untraced, ", ")))
	}
	return inside
}
