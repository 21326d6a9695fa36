package kubernetes

import (
	"context"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/terraform-srm/terraform-provider-srm/internal/kubernetes/guardrails"
)

// OlderClaims reads the claims whose exception is in force.
func (c *Client) OlderClaims(ctx context.Context, s guardrails.Settings) ([]guardrails.OlderClaim, error) {
	role, err := c.get(ctx, roles, s.Namespace, guardrails.KnownName)
	if err != nil || role == nil {
		return nil, err
	}
	rules, _, _ := unstructured.NestedSlice(role.Object, "rules")
	return guardrails.KnownOf(rules).Claims, nil
}
