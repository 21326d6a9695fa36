// Package scalewaystate decodes the Terraform state of clusters and pools of Scaleway's official provider,
// scaleway/scaleway, so that a `moved` block can move them to this provider. It uses the state only: a CLI moves
// resources before it configures a provider.
package scalewaystate

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/scaleway/scaleway-sdk-go/scw"

	"github.com/terraform-srm/terraform-provider-srm/internal/scaleway"
	"github.com/terraform-srm/terraform-provider-srm/internal/tfkit"
)

// Resource types of the official provider that can be moved.
const (
	ClusterResource = "scaleway_k8s_cluster"
	PoolResource    = "scaleway_k8s_pool"
)

// schemaVersion is the schema version of both resources in version 2 of the official provider.
const schemaVersion = 0

// StateMover returns a StateMover for one resource type of the official provider. read decodes its state, into writes
// the target state.
func StateMover[T any](
	kind string, read func(state []byte) (T, error), into func(context.Context, T, *resource.MoveStateResponse),
) resource.StateMover {
	return resource.StateMover{StateMover: func(
		ctx context.Context, req resource.MoveStateRequest, resp *resource.MoveStateResponse,
	) {
		if req.SourceTypeName != kind || !isOfficialProvider(req.SourceProviderAddress) {
			return // the framework reports an unsupported move
		}
		if req.SourceSchemaVersion != schemaVersion || req.SourceRawState == nil || req.SourceRawState.JSON == nil {
			addUnreadableStateError(kind, fmt.Sprintf("schema version %d", req.SourceSchemaVersion), resp)
			return
		}
		object, err := read(req.SourceRawState.JSON)
		if err != nil {
			addUnreadableStateError(kind, err.Error(), resp)
			return
		}
		into(ctx, object, resp)
	}}
}

// addUnreadableStateError adds an error for a state that cannot be decoded. It does not show the state, which may
// contain the admin token.
func addUnreadableStateError(kind, found string, resp *resource.MoveStateResponse) {
	tfkit.AddError(&resp.Diagnostics, path.Empty(), tfkit.Problem{
		Summary: "Unable to read the state of the " + kind,
		Found:   found, Allowed: "a state of version 2 of the provider scaleway/scaleway",
		Fix: "Refresh with a current version of that provider and try again, or use an `import` block and `removed { " +
			"lifecycle { destroy = false } }` instead of `moved`.",
	})
}

// isOfficialProvider reports whether an address is that of the official provider, on any registry. OpenTofu before
// 1.12.4 passes only its name.
func isOfficialProvider(address string) bool {
	return address == "scaleway" || strings.HasSuffix(address, "/scaleway/scaleway")
}

// decode decodes a state. It ignores unknown attributes, which a newer version of the official provider may have.
func decode(state []byte, into any) error {
	if err := json.Unmarshal(state, into); err != nil {
		return fmt.Errorf("not a state of that resource: %w", err)
	}
	return nil
}

// splitID returns the region and the UUID of an id of the official provider.
func splitID(id, region string) (scw.Region, string, error) {
	return scaleway.SplitID(id, scw.Region(region))
}

// bareIDOrNil returns the UUID of an id with a region or zone, or nil if the id is empty.
func bareIDOrNil(id string) *string {
	if id == "" {
		return nil
	}
	uuid := tfkit.BareID(id)
	return &uuid
}

func parseNetwork(cidr string) scw.IPNet {
	_, parsed, err := net.ParseCIDR(cidr)
	if err != nil {
		return scw.IPNet{} // the refresh after the move sets it
	}
	return scw.IPNet{IPNet: *parsed}
}

func parseTime(text string) *time.Time {
	parsed, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return nil // the refresh after the move sets it
	}
	return &parsed
}
