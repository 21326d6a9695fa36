// Package scalewaystate reads the states that Scaleway's own provider, scaleway/scaleway, keeps of clusters and pools,
// so that a `moved` block brings them under this provider. What is read is the state alone: a CLI moves before it
// configures a provider.
package scalewaystate

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/scaleway/scaleway-sdk-go/scw"

	"github.com/terraform-srm/terraform-provider-srm/internal/scaleway"
	"github.com/terraform-srm/terraform-provider-srm/internal/tfkit"
)

// The resources of the official provider that can be moved.
const (
	ClusterResource = "scaleway_k8s_cluster"
	PoolResource    = "scaleway_k8s_pool"
)

// schemaVersion is the one that version 2 of the official provider gives both.
const schemaVersion = 0

// Mover moves one resource of the official provider: read decodes its state, into fills the answer.
func Mover[T any](
	kind string, read func(state []byte) (T, error), into func(context.Context, T, *resource.MoveStateResponse),
) resource.StateMover {
	return resource.StateMover{StateMover: func(
		ctx context.Context, req resource.MoveStateRequest, resp *resource.MoveStateResponse,
	) {
		if req.SourceTypeName != kind || !isOfficial(req.SourceProviderAddress) {
			return // the framework says that nothing moves that
		}
		if req.SourceSchemaVersion != schemaVersion || req.SourceRawState == nil || req.SourceRawState.JSON == nil {
			refuse(kind, fmt.Sprintf("schema version %d", req.SourceSchemaVersion), resp)
			return
		}
		object, err := read(req.SourceRawState.JSON)
		if err != nil {
			refuse(kind, err.Error(), resp)
			return
		}
		into(ctx, object, resp)
	}}
}

// refuse says that a state cannot be read. Nothing of it is shown: it may hold the admin token.
func refuse(kind, found string, resp *resource.MoveStateResponse) {
	resp.Diagnostics.AddError("Unable to read the state of the "+kind, tfkit.Refusal{
		Found: found, Allowed: "a state of version 2 of the provider scaleway/scaleway",
		Fix: "Refresh with a current version of that provider, then repeat. Or use an `import` block and `removed { " +
			"lifecycle { destroy = false } }` instead of `moved`.",
	}.Detail())
}

// isOfficial knows the address of the official provider on any registry. OpenTofu before 1.12.4 says its name alone.
func isOfficial(address string) bool {
	return address == "scaleway" || strings.HasSuffix(address, "/scaleway/scaleway")
}

// decode reads the attributes that are asked for; a newer version of the official provider may have more.
func decode(state []byte, into any) error {
	if err := json.Unmarshal(state, into); err != nil {
		return fmt.Errorf("not a state of that resource: %w", err)
	}
	return nil
}

// identity is the region and the UUID that an id of the official provider names.
func identity(id, region string) (scw.Region, string, error) {
	return scaleway.SplitID(id, scw.Region(region))
}

// bare is the UUID of a local id, nil where there is none.
func bare(id string) *string {
	if id == "" {
		return nil
	}
	uuid := tfkit.BareID(id)
	return &uuid
}

func network(cidr string) scw.IPNet {
	_, parsed, err := net.ParseCIDR(cidr)
	if err != nil {
		return scw.IPNet{} // the refresh after the move reads it
	}
	return scw.IPNet{IPNet: *parsed}
}

func moment(text string) *time.Time {
	parsed, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return nil // as at network
	}
	return &parsed
}
