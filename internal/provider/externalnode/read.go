package externalnode

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/scaleway/scaleway-sdk-go/api/k8s/v1"

	"github.com/terraform-srm/terraform-provider-srm/internal/lifecycle"
	"github.com/terraform-srm/terraform-provider-srm/internal/scaleway"
	"github.com/terraform-srm/terraform-provider-srm/internal/tfkit"
)

func (r *nodeResource) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	if !r.provider.Ready(&resp.Diagnostics) {
		return
	}
	var state model
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	if resp.Diagnostics.HasError() {
		return
	}
	region := r.region(&state)
	expected := state.uuid() != "" || !state.enrolsItself()
	node, err := r.look(ctx, &state)
	switch {
	case scaleway.IsNotFound(err) || err == nil && node == nil && expected:
		// Without an identity the framework takes even a removal for a mistake.
		save(ctx, &state, region, &resp.State, resp.Identity, &resp.Diagnostics)
		resp.State.RemoveResource(ctx)
		return
	case err != nil:
		tfkit.Failed(&resp.Diagnostics, unableToRead, err)
		return
	case node == nil:
		// Its machine has not run its program yet.
		save(ctx, &state, region, &resp.State, resp.Identity, &resp.Diagnostics)
		return
	}
	if known := state.uuid(); known != "" && known != node.ID {
		resp.Diagnostics.AddWarning("The machine was enrolled again outside of this configuration", fmt.Sprintf(
			"Node %s is gone, and node %s has the address %s of %q: it is taken over.", known, node.ID,
			state.Address.ValueString(), state.Name.ValueString()))
	}
	cluster, err := r.provider.API.Cluster(ctx, node.Region, node.ClusterID)
	if err != nil {
		tfkit.Failed(&resp.Diagnostics, unableToRead, err)
		return
	}
	if err := r.show(ctx, &state, node, cluster, &resp.Diagnostics); err != nil {
		tfkit.Failed(&resp.Diagnostics, unableToRead, err)
		return
	}
	warnOfStatus(node, &state, &resp.Diagnostics)
	save(ctx, &state, node.Region, &resp.State, resp.Identity, &resp.Diagnostics)
}

// look finds the node of a state: by its id; where that is not known yet, or the machine enrolled itself again, by its
// credential or its address. It is nil where there is none, or none that stays.
func (r *nodeResource) look(ctx context.Context, m *model) (*k8s.Node, error) {
	region := r.region(m)
	if m.uuid() == "" && !m.enrolsItself() {
		_, _, enrolled := enrolmentOf(m.Script.ValueString())
		if err := r.identify(ctx, m, region, enrolled); err != nil {
			if !scaleway.IsForbidden(err) && !scaleway.IsNotFound(err) {
				return nil, err
			}
			return r.withoutCredential(ctx, m, err)
		}
	}
	if m.uuid() != "" {
		node, err := r.provider.API.Node(ctx, region, m.uuid())
		if gone := scaleway.IsNotFound(err) || err == nil && scaleway.IsDeleting(node); !gone || !m.enrolsItself() {
			if err == nil && scaleway.IsDeleting(node) {
				return nil, nil
			}
			return node, err
		}
	}
	pool, err := r.provider.API.Pool(ctx, region, tfkit.BareID(m.PoolID.ValueString()))
	if err != nil {
		return nil, err
	}
	return r.provider.API.ExternalNodeAt(ctx, pool, m.Address.ValueString())
}

// withoutCredential finds the node of a state whose id is not known yet and whose credential the API refuses. That
// alone does not say that the node is gone: a new credential may not be in force yet, and no recording shows what a
// deleted node's gets. The node is gone where its pool is, or where no node of the pool can be it; else it is an error,
// as enrolling again would make a second node.
func (r *nodeResource) withoutCredential(ctx context.Context, m *model, refused error) (*k8s.Node, error) {
	pool, err := r.provider.API.Pool(ctx, r.region(m), tfkit.BareID(m.PoolID.ValueString()))
	if err != nil {
		return nil, err
	}
	nodes, err := r.provider.API.Nodes(ctx, pool.Region, scaleway.NodeFilter{ClusterID: pool.ClusterID, PoolID: pool.ID})
	if err != nil {
		return nil, err
	}
	if node := scaleway.NewestAt(nodes, m.Address.ValueString()); node != nil {
		return node, nil
	}
	candidates := []string{}
	for _, node := range nodes {
		if !scaleway.IsDeleting(node) && !r.provider.Enrolled.Has(node.ID) {
			candidates = append(candidates, scaleway.JoinID(node.Region, node.ID))
		}
	}
	if len(candidates) == 0 {
		return nil, nil
	}
	return nil, &unidentifiedError{name: m.Name.ValueString(), pool: pool.Name, candidates: candidates, refused: refused}
}

// unidentifiedError says that it cannot be told which node of a pool a refused credential is of, if any.
type unidentifiedError struct {
	name, pool string
	candidates []string
	refused    error
}

func (e *unidentifiedError) Error() string {
	return fmt.Sprintf("the API refuses the credential of external node %q, whose id is not known yet; pool %q has "+
		"nodes that may be it: %s; %s",
		e.name, e.pool, strings.Join(e.candidates, ", "), e.refused)
}

// Hint is the next step.
func (e *unidentifiedError) Hint() string {
	return "Try again: a new credential may not be in force yet. If it stays refused, nothing is enrolled in its place " +
		"by itself: delete the node in the Scaleway console, run `terraform state rm` with the address of this resource, " +
		"and apply " +
		"again."
}

// show takes over what the API and the inside of the cluster say of a node.
func (r *nodeResource) show(
	ctx context.Context, m *model, node *k8s.Node, cluster *k8s.Cluster, diags *diag.Diagnostics,
) error {
	m.refresh(node)
	if err := r.lookInside(ctx, m, node); err != nil {
		return err
	}
	m.skew(cluster.Version)
	if m.VersionSkew.ValueString() == string(lifecycle.SkewTooOld) {
		tfkit.Warn(diags, path.Root("version"), tfkit.Refusal{
			Summary: "The kubelet of the external node is too old for its control plane", Clause: "KOS-04",
			Found: fmt.Sprintf(
				"node %s runs %s, the control plane %s", node.Name, strings.TrimPrefix(m.runs(), "v"), cluster.Version,
			),
			Fix: "Upgrade the pool, then enrol the machine again: change `version` or `rotation`, and run its program.",
		})
	}
	return nil
}

// runs is the version of the kubelet, as far as it is known.
func (m *model) runs() string {
	if version := m.KubeletVersion.ValueString(); version != "" {
		return version
	}
	return m.VersionUsed.ValueString()
}

// warnOfStatus says that a node does not work, and why. One whose machine has not come yet is no concern.
func warnOfStatus(node *k8s.Node, m *model, diags *diag.Diagnostics) {
	reason := "the API gives no reason"
	if node.ErrorMessage != nil && *node.ErrorMessage != "" {
		reason = *node.ErrorMessage
	}
	switch node.Status {
	case k8s.NodeStatusNotReady, k8s.NodeStatusCreationError, k8s.NodeStatusLocked:
		tfkit.Warn(diags, path.Root("status"), tfkit.Refusal{
			Summary: fmt.Sprintf(
				"The external node %s is %s", m.Name.ValueString(), strings.ReplaceAll(string(node.Status), "_", " "),
			), Clause: "KOS-04",
			Found: fmt.Sprintf(
				"node %s (%s) at %s: %s", node.Name, scaleway.JoinID(node.Region, node.ID), m.Address.ValueString(), reason,
			),
			Fix: "Look at the machine, at its kubelet and at its way to the API server. Running its program again is safe.",
		})
	}
}

// warnOfMachine says what a destroy leaves.
func (m *model) warnOfMachine(diags *diag.Diagnostics) {
	tfkit.Warn(diags, path.Root("cleanup_script"), tfkit.Refusal{
		Summary: "The machine stays as it is", Clause: "EXT-01",
		Found: fmt.Sprintf("machine %q at %s, on which the kubelet, its containers, the agent, the node's credential and "+
			"the firewall rules of the node are left", m.Name.ValueString(), m.Address.ValueString()),
		Fix: "Run its cleanup_script on it, or erase it. Its data is yours to keep or to destroy.",
	})
}

// ready reads the pool and the cluster of a node, and refuses what a machine cannot be enrolled in; access reports an
// allow-list that does not let it in. summary says what is tried. It returns nothing where it could not read.
func (r *nodeResource) ready(
	ctx context.Context, m *model, summary string, access tfkit.Reporter, diags *diag.Diagnostics,
) (*k8s.Pool, *k8s.Cluster) {
	report := tfkit.AtApply(diags)
	region, id, err := scaleway.SplitID(m.PoolID.ValueString(), r.provider.API.DefaultRegion())
	if err != nil {
		tfkit.Failed(diags, summary, err)
		return nil, nil
	}
	pool, err := r.provider.API.Pool(ctx, region, id)
	if err != nil {
		reportPoolError(region, id, summary, err, report)
		return nil, nil
	}
	checkPool(pool, report)
	cluster, err := r.provider.API.Cluster(ctx, region, pool.ClusterID)
	if err != nil {
		tfkit.Failed(diags, summary, err)
		return nil, nil
	}
	rules, err := r.provider.API.AllowList(ctx, region, pool.ClusterID)
	if err != nil {
		tfkit.Failed(diags, summary, err)
		return nil, nil
	}
	m.checkAllowList(rules, access)
	return pool, cluster
}

// onlyEnrolment are the permission sets that enrolling, reading and deleting external nodes takes.
func onlyEnrolment() []string {
	return []string{"KubernetesExternalNodeRegister", "KubernetesReadOnly", "KubernetesFullAccess"}
}

// warnOfKey says, once in a process, that the provider's key may do more than external nodes need, as far as that can
// be told.
func (r *nodeResource) warnOfKey(ctx context.Context, diags *diag.Diagnostics) {
	const once = "the key may do more than external nodes need"
	if !r.provider.Warned.Add(once) {
		return
	}
	may, err := r.provider.API.KeyPermissions(ctx)
	if err != nil {
		return // a key that may not read IAM is a good sign, and nothing can be told
	}
	found := "an API key of a user, who may do all that the user may"
	if may.UserID == "" {
		more := []string{}
		for _, set := range may.Sets {
			if !slices.Contains(onlyEnrolment(), set) {
				more = append(more, set)
			}
		}
		if len(more) == 0 {
			return
		}
		found = "an API key with the permission sets " + strings.Join(more, ", ")
	}
	tfkit.Warn(diags, path.Root("enrolment"), tfkit.Refusal{
		Summary: "The API key may do more than enrolling external nodes needs", Clause: "IAM-01", Found: found,
		Allowed: "it; least privilege is KubernetesExternalNodeRegister to enrol, KubernetesReadOnly to refresh, " +
			"KubernetesFullAccess to destroy",
		Fix: "Give external nodes a provider configuration of their own, with an alias and the key of an IAM " +
			"application that has these sets only.",
	})
}
