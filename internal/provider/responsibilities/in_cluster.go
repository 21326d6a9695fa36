package responsibilities

import (
	"context"
	"fmt"
	"strings"

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

// addInClusterGap adds a gap: the cluster's Kubernetes API was not read, for the given reason.
func (m *model) addInClusterGap(reason responsibility.Text) {
	m.addGap("In-cluster objects: "+reason.EN, "Objets du cluster : "+reason.FR, inClusterClauses()...)
}

// inClusterClauses returns the clauses that depend on in-cluster objects.
func inClusterClauses() []string {
	return append(append(responsibility.NodeClauses(), responsibility.AddOnClauses()...), "TRF-02", "LIF-07")
}

// readInCluster reads in-cluster objects if look_into_cluster is true. Otherwise, and if they cannot be read, it adds a
// gap and returns nil. An unreachable cluster is an error only if the provider's `kubernetes` block requires it.
func (d *dataSource) readInCluster(
	ctx context.Context, m *model, region scw.Region, id string, diags *diag.Diagnostics,
) *responsibility.InClusterChanges {
	if !m.LookIntoCluster.ValueBool() {
		m.addInClusterGap(responsibility.Text{EN: "set look_into_cluster to true to find altered managed add-ons.",
			FR: "mettre look_into_cluster à true pour rechercher les composants gérés modifiés."})
		return nil
	}
	settings := d.provider.Kubernetes
	if settings.IsUnknown {
		m.addInClusterGap(responsibility.Text{EN: "the provider's kubernetes block contains values known only after " +
			"apply.",
			FR: "le bloc kubernetes du provider dépend d'une valeur inconnue avant apply."})
		return nil
	}
	found, err := d.inspectAddOns(ctx, region, id)
	if err == nil {
		return newInClusterChanges(m, found)
	}
	problem := tfkit.Problem{
		Summary: "Unable to read the cluster's Kubernetes API", Cause: err,
		Fix: "Correct the error, or set look_into_cluster to false.",
	}
	if ctx.Err() != nil || settings.FailOnUnreachable && kubernetes.IsUnreachable(err) {
		tfkit.AddError(diags, path.Root("look_into_cluster"), problem)
		return nil
	}
	problem.Fix += " not_looked_at lists the clauses that depend on in-cluster objects."
	tfkit.AddWarning(diags, path.Root("look_into_cluster"), problem)
	m.addInClusterGap(unreadableReason(err))
	return nil
}

// unreadableReason returns the reason why in-cluster objects were not read. It leaves out details that differ between
// runs, such as ports; the warning contains them.
func unreadableReason(err error) responsibility.Text {
	switch {
	case kubernetes.IsUnreachable(err):
		return responsibility.Text{EN: "the API server is unreachable.", FR: "le serveur d'API est injoignable."}
	case kubernetes.Is(err, kubernetes.Forbidden), kubernetes.Is(
		err, kubernetes.Unauthorized,
	), scaleway.IsForbidden(err):
		return responsibility.Text{EN: "the API key has no permission.", FR: "la clé d'API n'a pas la permission."}
	}
	return responsibility.Text{EN: "reading failed, see the warning.", FR: "échec de la lecture, voir l'avertissement."}
}

func (d *dataSource) inspectAddOns(ctx context.Context, region scw.Region, id string) (addons.Result, error) {
	client, err := clusteraccess.Connect(ctx, d.provider, region, id)
	if err != nil {
		return addons.Result{}, err
	}
	return client.InspectAddons(ctx)
}

// newInClusterChanges converts the findings in the cluster for the matrix. It adds gaps for unknown field managers and
// for components without managedFields.
func newInClusterChanges(m *model, found addons.Result) *responsibility.InClusterChanges {
	inside := found.Changes()
	if names := strings.Join(found.UnknownManagers, ", "); names != "" {
		m.addGap(
			fmt.Sprintf("Unknown field managers of managed add-ons: %s. Scaleway does not publish the names of its "+
				"own.", names),
			fmt.Sprintf("Gestionnaires de champs inconnus des composants gérés : %s. Scaleway ne publie pas les noms "+
				"des siens.", names),
			append(responsibility.AddOnClauses(), "TRF-02", "LIF-07")...)
	}
	if names := strings.Join(found.WithoutManagedFields, ", "); names != "" {
		m.addGap(fmt.Sprintf("Changes of %s in kube-system: their managedFields were cleared.", names),
			fmt.Sprintf("Modifications de %s dans kube-system : leurs managedFields ont été effacés.", names),
			append(responsibility.AddOnClauses(), "TRF-02", "LIF-07")...)
	}
	return &inside
}
