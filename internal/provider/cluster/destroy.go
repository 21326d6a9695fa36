package cluster

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/terraform-srm/terraform-provider-srm/internal/kubernetes"
	operations "github.com/terraform-srm/terraform-provider-srm/internal/operations/cluster"
	"github.com/terraform-srm/terraform-provider-srm/internal/tfkit"
	"github.com/terraform-srm/terraform-provider-srm/internal/tfkit/clusteraccess"
)

// refuseProtected refuses to destroy or replace a cluster under deletion protection.
func refuseProtected(summary, name string, diags *diag.Diagnostics) {
	tfkit.AddError(diags, path.Root("deletion_protection"), tfkit.Problem{
		Summary: summary, Clause: "DEL-01", Found: fmt.Sprintf("cluster %q under deletion protection", name),
		Allowed: "changes in place",
		Fix: "If the cluster and its data can be lost, set `deletion_protection = false`, apply, then try again. If " +
			"the resource is tainted or named in -replace by mistake, run \"terraform untaint\" or remove -replace.",
	})
}

// readImpact finds the objects that the destroy of a cluster affects.
func readImpact(ctx context.Context, p *tfkit.Provider, ref operations.Ref) *operations.Impact {
	return operations.ReadImpact(ctx, p.API, ref, func(
		ctx context.Context, ref operations.Ref,
	) (kubernetes.Storage, error) {
		storage, err := clusteraccess.ReadStorage(ctx, p, ref.Region, ref.UUID)
		if err != nil {
			return storage, errors.New(toOneLine(tfkit.FormatError(err))) // with the next step
		}
		return storage, nil
	})
}

// planDestroy refuses a destroy under deletion protection. Otherwise it warns about what the destroy deletes, what it
// leaves, and what could not be read.
func (v variant) planDestroy(
	ctx context.Context, p *tfkit.Provider, state model, private tfkit.PrivateState, diags *diag.Diagnostics,
) {
	m := state.common()
	if refuseDestroy(m, diags); diags.HasError() {
		return
	}
	impact := readImpact(ctx, p, m.ref())
	mergeSaved(ctx, private, impact, false, diags)
	saveImpact(ctx, private, impact, diags)
	v.warnAboutDestroy(m.clusterState(state.network()), impact, diags)
}

// refuseDestroy refuses to destroy a cluster that is protected or whose configuration was not applied.
func refuseDestroy(m *commonModel, diags *diag.Diagnostics) {
	if m.DeletionProtection.ValueBool() {
		refuseProtected("The cluster would be destroyed", m.Name.ValueString(), diags)
		return
	}
	refuseUnapplied(m, diags)
}

// warnAboutDestroy warns about what a destroy deletes and what it leaves.
func (v variant) warnAboutDestroy(cluster tfkit.ClusterState, impact *operations.Impact, diags *diag.Diagnostics) {
	lines := []string{
		"Destroyed with the cluster: " + joinOrNone(impact.Pools) + ".",
		withObjects(
			v.storageImpactText(cluster.DeletesAdditionalResources, cluster.Network), impact.LoadBalancers,
			impact.Volumes,
		),
		withObjects("Snapshots remain, are billed and may contain data: the API does not delete them with a cluster.",
			impact.Snapshots),
	}
	if len(impact.Unattributed) > 0 {
		lines = append(lines, "Possibly of this cluster, not attached: "+joinObjects(impact.Unattributed)+".")
	}
	unread := []string{}
	for _, kind := range impact.Unread {
		text := kind.What
		if kind.Err != nil {
			text += " (" + strings.ReplaceAll(kind.Err.Error(), "\n", "; ") + ")"
		}
		unread = append(unread, text)
	}
	lines = append(lines, "Not checked: "+strings.Join(unread, "; ")+".")
	tfkit.AddWarning(diags, path.Empty(), tfkit.Problem{
		Summary: fmt.Sprintf("Destroying the %s %q", v.name, cluster.Name),
		Clause:  "DEL-01", Found: strings.Join(lines, "\n"),
		Fix: "Make sure that the backups can be restored before you apply. To change what is destroyed, set " +
			"`delete_additional_resources` and apply it before the destroy.",
	})
}

func toOneLine(text string) string {
	return strings.TrimSuffix(strings.ReplaceAll(text, "\n", " "), ".")
}

// joinObjects joins the descriptions of objects.
func joinObjects(objects ...[]operations.Object) string {
	texts := []string{}
	for _, object := range slices.Concat(objects...) {
		texts = append(texts, object.Text)
	}
	return strings.Join(texts, ", ")
}

// withObjects appends the objects to a sentence, if there are any.
func withObjects(sentence string, objects ...[]operations.Object) string {
	if found := joinObjects(objects...); found != "" {
		return sentence + " Found: " + found + "."
	}
	return sentence
}

// storageImpactText says what a destroy does to the volumes, Load Balancers and Private Network of a cluster.
func (v variant) storageImpactText(everything bool, network string) string {
	switch {
	case v.hasPrivateNetwork && everything:
		return "Also destroyed: every volume, including those with reclaim policy Retain, every Load Balancer named " +
			"after the cluster, and the Private Network " + network + " once it is empty."
	case v.hasPrivateNetwork:
		return "Not destroyed, still billed and may contain data: every volume, every Load Balancer and the Private " +
			"Network " + network + "."
	case everything:
		return "Also destroyed: every volume, including those with reclaim policy Retain, and every Load Balancer " +
			"named after the cluster. Machines outside Scaleway are not changed."
	default:
		return "Not destroyed, still billed and may contain data: every volume and every Load Balancer. Machines " +
			"outside Scaleway are not changed."
	}
}

// destroy deletes the cluster and waits until it is deleted. It refuses under deletion protection. With
// delete_additional_resources it then warns about the objects that the API did not delete.
func (v variant) destroy(
	ctx context.Context, p *tfkit.Provider, m *commonModel, private tfkit.PrivateState, diags *diag.Diagnostics,
) {
	if refuseDestroy(m, diags); diags.HasError() {
		return
	}
	impact := &operations.Impact{}
	if m.DeleteAdditionalResources.ValueBool() {
		impact = readImpact(ctx, p, m.ref())
		mergeSaved(ctx, private, impact, true, diags)
		if saveImpact(ctx, private, impact, diags); diags.HasError() {
			return
		}
	}
	err := operations.Delete(ctx, p.API, m.ref(), m.DeleteAdditionalResources.ValueBool())
	if _, started := errors.AsType[*operations.NotDeletedYetError](err); started {
		tfkit.AddAPIError(diags, "The "+v.name+" is not deleted yet", err)
		return
	}
	if err != nil {
		tfkit.AddAPIError(diags, "Unable to delete the "+v.name, err)
		return
	}
	v.warnAboutRemainingObjects(m.Name.ValueString(), operations.ReadRemaining(ctx, p.API, impact), diags)
}

// warnAboutRemainingObjects warns about objects that remain: those that the API should have deleted, and those that it
// never deletes.
func (v variant) warnAboutRemainingObjects(name string, remaining operations.Remaining, diags *diag.Diagnostics) {
	lines := []string{}
	for _, group := range []struct {
		sentence string
		objects  []operations.Object
	}{
		{"Not deleted, although `delete_additional_resources` is true: ", remaining.Additional},
		{"Never deleted with a cluster: ", remaining.Snapshots},
		{"Possibly of this cluster, not attached: ", remaining.Unattributed},
	} {
		if len(group.objects) > 0 {
			lines = append(lines, group.sentence+joinObjects(group.objects)+".")
		}
	}
	if len(lines) == 0 {
		return
	}
	if err := errors.Join(remaining.Errors...); err != nil {
		lines = append(lines, "Not checked again: "+strings.ReplaceAll(err.Error(), "\n", "; ")+".")
	}
	tfkit.AddWarning(diags, path.Empty(), tfkit.Problem{
		Summary: fmt.Sprintf("The %s %q was destroyed, but objects remain", v.name, name),
		Clause:  "DEL-01", Found: strings.Join(lines, "\n"),
		Fix: "Delete the objects that are no longer needed, in the console or with `scw block` and `scw lb`: they " +
			"are billed and may contain data.",
	})
}
