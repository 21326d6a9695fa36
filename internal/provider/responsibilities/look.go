package responsibilities

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/scaleway/scaleway-sdk-go/scw"

	"github.com/terraform-srm/terraform-provider-srm/internal/kubernetes"
	"github.com/terraform-srm/terraform-provider-srm/internal/kubernetes/addons"
	"github.com/terraform-srm/terraform-provider-srm/internal/responsibility"
	"github.com/terraform-srm/terraform-provider-srm/internal/scaleway"
	"github.com/terraform-srm/terraform-provider-srm/internal/tfkit"
	"github.com/terraform-srm/terraform-provider-srm/internal/tfkit/clusteraccess"
)

// leaveOutInside notes that the inside of the cluster was not read, and why.
func (m *model) leaveOutInside(why responsibility.Text) {
	m.leaveOut("The inside of the cluster: "+why.EN, "L'intérieur du cluster : "+why.FR, aboutInside()...)
}

// aboutInside returns the clauses that depend on what is inside the cluster.
func aboutInside() []string {
	return append(append(responsibility.AboutNodes(), responsibility.AboutAddOns()...), "TRF-02", "LIF-07")
}

// look reads the inside of a cluster where look_into_cluster is set. It returns nil where it is not set, or where the
// cluster cannot be read: that is noted, and an error only where the provider's `kubernetes` block makes it one.
func (d *dataSource) look(
	ctx context.Context, m *model, region scw.Region, id string, diags *diag.Diagnostics,
) *responsibility.Inside {
	if !m.LookIntoCluster.ValueBool() {
		m.leaveOutInside(responsibility.Text{EN: "set look_into_cluster to true to look for altered managed add-ons.",
			FR: "mettre look_into_cluster à true pour rechercher les composants gérés modifiés."})
		return nil
	}
	reach := d.provider.Kubernetes
	if reach.Unknown {
		m.leaveOutInside(responsibility.Text{EN: "the provider's kubernetes block depends on a value that is not known " +
			"until apply.",
			FR: "le bloc kubernetes du provider dépend d'une valeur inconnue avant apply."})
		return nil
	}
	found, err := d.inside(ctx, region, id)
	if err == nil {
		return describeInside(m, found)
	}
	const summary = "Unable to look into the cluster"
	if ctx.Err() != nil || reach.FailUnreachable && kubernetes.IsUnreachable(err) {
		diags.AddAttributeError(path.Root("look_into_cluster"), summary, tfkit.Explain(err))
		return nil
	}
	diags.AddAttributeWarning(path.Root("look_into_cluster"), summary, tfkit.Explain(err)+
		"\nThe clauses that depend on it are listed in not_looked_at.")
	m.leaveOutInside(unseen(err))
	return nil
}

// unseen says why the inside was not read, without what differs from run to run, such as ports: the warning has it.
func unseen(err error) responsibility.Text {
	switch {
	case kubernetes.IsUnreachable(err):
		return responsibility.Text{EN: "its API server cannot be reached from here.", FR: "son serveur d'API est " +
			"injoignable d'ici."}
	case kubernetes.Is(err, kubernetes.Forbidden), kubernetes.Is(err, kubernetes.Unauthorized), scaleway.IsForbidden(err):
		return responsibility.Text{EN: "the API key may not read it.", FR: "la clé d'API ne peut pas le lire."}
	}
	return responsibility.Text{EN: "it could not be read; the warning says why.", FR: "il n'a pas pu être lu ; " +
		"l'avertissement dit pourquoi."}
}

func (d *dataSource) inside(ctx context.Context, region scw.Region, id string) (addons.Found, error) {
	client, err := clusteraccess.Connect(ctx, d.provider, region, id)
	if err != nil {
		return addons.Found{}, err
	}
	return client.Integrity(ctx)
}

// shownFields is how many fields of an alteration are named.
const shownFields = 5

// describeInside converts what was found for the matrix. An unknown author of fields of managed components is reported
// as unknown.
func describeInside(m *model, found addons.Found) *responsibility.Inside {
	inside := &responsibility.Inside{Untraced: found.Untraced, UnknownAuthors: found.Unknown}
	for _, a := range found.Altered {
		fields := a.Fields
		if more := len(fields) - shownFields; more > 0 {
			fields = append(append([]string{}, fields[:shownFields]...), fmt.Sprintf("%d more fields", more))
		}
		at := ""
		if !a.At.IsZero() {
			at = a.At.Format(time.RFC3339)
		}
		inside.Altered = append(
			inside.Altered, responsibility.AlteredAddOn{
				Component: a.Component, Object: a.Object, By: a.By, At: at, Fields: fields,
			},
		)
	}
	for _, w := range found.Changing {
		inside.Changing = append(inside.Changing, responsibility.NodeChange{Object: w.Object, Why: w.Why})
	}
	if names := strings.Join(found.Unknown, ", "); names != "" {
		m.leaveOut(fmt.Sprintf("Whether %s, who set fields of managed add-ons, is Scaleway's automation: Scaleway does not "+
			"publish its names.", names),
			fmt.Sprintf("Reste inconnu si %s, auteur de champs de composants gérés, est l'automatisation de Scaleway, qui "+
				"n'en publie pas les noms.", names),
			append(responsibility.AboutAddOns(), "TRF-02", "LIF-07")...)
	}
	if names := strings.Join(found.Untraced, ", "); names != "" {
		m.leaveOut(fmt.Sprintf("Whether %s in kube-system were altered: their managedFields, which name who set what, were "+
			"cleared.", names),
			fmt.Sprintf("Reste inconnu si %s dans kube-system ont été modifiés : leurs managedFields, qui nomment les "+
				"auteurs, ont été effacés.", names),
			append(responsibility.AboutAddOns(), "TRF-02", "LIF-07")...)
	}
	return inside
}
