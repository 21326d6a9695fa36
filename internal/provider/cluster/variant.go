package cluster

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/scaleway/scaleway-sdk-go/api/k8s/v1"
	"github.com/scaleway/scaleway-sdk-go/scw"

	operations "github.com/terraform-srm/terraform-provider-srm/internal/operations/cluster"
	"github.com/terraform-srm/terraform-provider-srm/internal/tfkit"
)

// variant is what differs between the cluster resources, apart from their models.
type variant struct {
	// resourceType is the resource type, such as "srm_hds_cluster". name is its name in messages, such as "HDS
	// cluster".
	resourceType, name string
	// regionDescription describes the region in the identity.
	regionDescription string
	// accessClause is the clause that forbids an API server that is open to the world.
	accessClause string
	// hasPrivateNetwork is true if the clusters are attached to a Private Network.
	hasPrivateNetwork bool
	// canAllowScaleway is true if the configuration can allow all of Scaleway's addresses.
	canAllowScaleway bool
	// schema returns the schema, and newModel an empty model for it.
	schema   func(context.Context) schema.Schema
	newModel func() model
	// checkType returns an error for a control plane offer of another variant.
	checkType func(string) error
	// defaultRegion is the region of an imported cluster whose id has none. checkRegion refuses other regions than the
	// allowed ones.
	defaultRegion func(*tfkit.Provider) scw.Region
	checkRegion   func(string) error
	// moveObstacles returns the properties of a cluster that rule out a move because no update in place can change
	// them. movable describes the clusters that can be moved.
	moveObstacles func(*k8s.Cluster) []string
	movable       string
}

// model is the Terraform model of a variant. Its commonModel has most of the methods; the model has those that differ.
type model interface {
	common() *commonModel
	// desired converts a plan, all of whose inputs are known. observed converts a state.
	desired(context.Context, *diag.Diagnostics) operations.Desired
	observed(context.Context, *diag.Diagnostics) operations.Observed
	// refresh and refreshAllowList set the attributes, configured ones included, to those of the actual cluster.
	refresh(context.Context, *k8s.Cluster, *diag.Diagnostics)
	refreshAllowList([]*k8s.ACLRule)
	// network returns the Private Network of the cluster, or "".
	network() string
	// immutableAttributes returns the attributes of the variant alone that cannot be changed. state is of the same
	// variant.
	immutableAttributes(state model) []immutableAttribute
	// setContract sets the attributes that come from the provider block, and refuses a provider block without a valid
	// contract.
	setContract(*tfkit.Provider, *diag.Diagnostics)
	// checkOwnCreate checks what only the variant has, in the plan and in the apply of a create.
	checkOwnCreate(context.Context, *tfkit.Provider, tfkit.Reporter)
	// checkOwnUpdate checks what only the variant has, in the plan of an update.
	checkOwnUpdate(_ context.Context, _ *tfkit.Provider, state model, _ *diag.Diagnostics)
	// checkOwnPlan checks what only the variant has, in every plan.
	checkOwnPlan(*tfkit.Provider, *diag.Diagnostics)
	// checkActual refuses an actual cluster that the variant cannot manage, which an import can name.
	checkActual(*k8s.Cluster, *diag.Diagnostics)
}

func (m *commonModel) common() *commonModel { return m }

func (m *commonModel) network() string { return "" }

func (m *commonModel) immutableAttributes(model) []immutableAttribute { return nil }

func (m *commonModel) setContract(*tfkit.Provider, *diag.Diagnostics) {}

func (m *commonModel) checkOwnCreate(context.Context, *tfkit.Provider, tfkit.Reporter) {}

func (m *commonModel) checkOwnUpdate(context.Context, *tfkit.Provider, model, *diag.Diagnostics) {}

func (m *commonModel) checkOwnPlan(*tfkit.Provider, *diag.Diagnostics) {}

func (m *commonModel) checkActual(*k8s.Cluster, *diag.Diagnostics) {}
