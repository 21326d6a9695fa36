package pool

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/scaleway/scaleway-sdk-go/api/k8s/v1"
	"github.com/scaleway/scaleway-sdk-go/scw"

	operations "github.com/terraform-srm/terraform-provider-srm/internal/operations/pool"
	"github.com/terraform-srm/terraform-provider-srm/internal/responsibility"
	"github.com/terraform-srm/terraform-provider-srm/internal/tfkit"
)

// variant is what differs between the pool resources, apart from their models.
type variant struct {
	// resourceType is the resource type, such as "srm_hds_pool". name is its name in messages, such as "HDS pool".
	resourceType, name string
	// regionDescription describes the region in the identity. idFormat describes the id of a pool to import.
	regionDescription, idFormat string
	// schema returns the schema, and newModel an empty model for it.
	schema   func(context.Context) schema.Schema
	newModel func() model
	// defaultRegion is the region of ids that have none. checkRegion refuses other regions than the allowed ones.
	defaultRegion func(*tfkit.Provider) scw.Region
	checkRegion   func(string) error
	// reportClusterError reports the error of reading the cluster of a pool. summary names the failed operation.
	reportClusterError func(region scw.Region, id, summary string, err error, report tfkit.Reporter)
	// moveObstacles returns the properties of a pool that rule out a move because no update in place can change them.
	// movable describes the pools that can be moved.
	moveObstacles func(*k8s.Pool) []string
	movable       string
}

// model is the Terraform model of a variant. Its commonModel has the methods that most variants share.
type model interface {
	common() *commonModel
	// check validates the values without API requests and reports all problems at once. It skips unknown values: the
	// plan just before the apply and Create call it again.
	check(*diag.Diagnostics)
	// checkReferences reports references that do not fit each other, also without API requests.
	checkReferences(tfkit.Reporter)
	// setDefaults sets the defaults of a plan that depend on other attributes of the configuration.
	setDefaults(config model)
	// checkPlan reports what only a plan checks, such as the dates of attestations.
	checkPlan(*tfkit.Provider, *diag.Diagnostics)
	// transfers returns the responsibility transfers of the configuration, and false if they are not known yet.
	transfers() ([]responsibility.Transfer, bool)
	// desired converts a plan, all of whose inputs are known.
	desired(scw.Region) operations.Desired
	// refresh sets the attributes, configured ones included, to those of the actual pool. setComputed sets only the
	// computed ones.
	refresh(context.Context, *k8s.Pool, *diag.Diagnostics)
	setComputed(context.Context, *k8s.Pool, *diag.Diagnostics)
	// fillImported fills the state of a pool that is imported or listed, and fillMoved that of a moved pool, at each
	// refresh until its first apply.
	fillImported(context.Context, *poolResource, *k8s.Pool, *diag.Diagnostics)
	fillMoved(context.Context, *poolResource, *k8s.Pool, *diag.Diagnostics)
	// warnAboutActual warns about settings of the actual pool that no attribute shows. It returns whether an apply has
	// to revert them.
	warnAboutActual(*k8s.Pool, *diag.Diagnostics) bool
	// replacedAttributes returns the changed attributes that require a replacement of the pool. state is of the same
	// variant, as everywhere in this interface.
	replacedAttributes(state model) []string
	// checkNodeTypeOffered reports a node type that the zone does not offer.
	checkNodeTypeOffered(context.Context, *poolResource, tfkit.Reporter, *diag.Diagnostics)
	// checkCluster reports why the cluster, in its current state, cannot have the new pool. It returns false if further
	// checks against the cluster make no sense.
	checkCluster(context.Context, *poolResource, *k8s.Cluster, tfkit.Reporter) bool
	// checkReadyCluster checks, just before the create, what only a cluster that is ready has.
	checkReadyCluster(context.Context, *poolResource, *k8s.Cluster, *diag.Diagnostics)
	// planOwnUpdate and planDestroy check what only the variant has in these plans. checkOwnApply does so in the apply
	// of an update.
	planOwnUpdate(_ context.Context, _ *poolResource, state model, isReplaced bool, _ *diag.Diagnostics)
	checkOwnApply(_ context.Context, _ *poolResource, state model, isMoved bool, _ *diag.Diagnostics)
	planDestroy(context.Context, *poolResource, *diag.Diagnostics)
}

func (m *commonModel) common() *commonModel { return m }

func (m *commonModel) checkReferences(tfkit.Reporter) {}

func (m *commonModel) setDefaults(model) {}

func (m *commonModel) warnAboutActual(*k8s.Pool, *diag.Diagnostics) bool { return false }

func (m *commonModel) replacedAttributes(state model) []string {
	return m.replacingAttributes(state.common())
}

func (m *commonModel) checkReadyCluster(context.Context, *poolResource, *k8s.Cluster, *diag.Diagnostics) {
}

func (m *commonModel) planOwnUpdate(context.Context, *poolResource, model, bool, *diag.Diagnostics) {}

func (m *commonModel) planDestroy(context.Context, *poolResource, *diag.Diagnostics) {}
