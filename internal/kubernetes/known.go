package kubernetes

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/terraform-srm/terraform-provider-srm/internal/kubernetes/guardrails"
)

var (
	claims       = schema.GroupVersionResource{Version: "v1", Resource: "persistentvolumeclaims"}
	configMaps   = schema.GroupVersionResource{Version: "v1", Resource: "configmaps"}
	roles        = schema.GroupVersionResource{Group: "rbac.authorization.k8s.io", Version: "v1", Resource: "roles"}
	roleBindings = schema.GroupVersionResource{Group: "rbac.authorization.k8s.io", Version: "v1", Resource: "rolebindings"}
)

// FieldOlderClaims is the field of the difference of a Role that holds exceptions of claims that wait no more.
const FieldOlderClaims = "rules.olderclaims"

// claimsOf lists the claims that are older than the guardrails and wait for a volume: of the driver, or one that
// reserves them.
func (c *Client) claimsOf(ctx context.Context, s guardrails.Settings) ([]guardrails.OlderClaim, error) {
	items, err := c.list(ctx, claims, "")
	if err != nil {
		return nil, err
	}
	found, by := []guardrails.OlderClaim{}, provisioners{c: c}
	waiting := map[string]guardrails.OlderClaim{}
	for i := range items {
		claim, older, err := by.olderClaim(ctx, &items[i], s)
		if err != nil {
			return nil, err
		}
		if older {
			found = append(found, claim)
		}
		if isWaiting(&items[i]) && classOf(&items[i]) != s.ClassName {
			waiting[claim.String()] = claim
		}
	}
	if len(waiting) == 0 {
		return found, nil
	}
	reserving, err := c.list(ctx, volumes, "")
	if err != nil {
		return nil, err
	}
	for i := range reserving {
		uid, _, _ := unstructured.NestedString(reserving[i].Object, "spec", "claimRef", "uid")
		if claim, exists := waiting[claimOf(reserving[i].Object)]; exists && uid == "" {
			claim.Class, claim.Volume = "", reserving[i].GetName()
			found = append(found, claim)
		}
	}
	return found, nil
}

// OlderClaims reads the claims whose exception is in force.
func (c *Client) OlderClaims(ctx context.Context, s guardrails.Settings) ([]guardrails.OlderClaim, error) {
	role, err := c.get(ctx, roles, s.Namespace, guardrails.KnownName)
	if err != nil || role == nil {
		return nil, err
	}
	return knownOf(role).Claims, nil
}

// knownOf is what a Role grants of what policies need to know.
func knownOf(role *unstructured.Unstructured) guardrails.Known {
	rules, _, _ := unstructured.NestedSlice(role.Object, "rules")
	return guardrails.KnownOf(rules)
}

// isWaiting says whether a claim has no volume yet.
func isWaiting(claim *unstructured.Unstructured) bool {
	phase, _, _ := unstructured.NestedString(claim.Object, "status", "phase")
	return phase != "Bound" && phase != "Lost"
}

// WaitingClaims lists the claims of the class of the guardrails that have no volume yet, as "namespace/name".
func (c *Client) WaitingClaims(ctx context.Context, s guardrails.Settings) ([]string, error) {
	items, err := c.list(ctx, claims, "")
	if err != nil {
		return nil, err
	}
	found := []string{}
	for i := range items {
		if isWaiting(&items[i]) && classOf(&items[i]) == s.ClassName {
			found = append(found, items[i].GetNamespace()+"/"+items[i].GetName())
		}
	}
	return found, nil
}

// passphrases lists the names of the Secrets with passphrases.
func (c *Client) passphrases(ctx context.Context, s guardrails.Settings) ([]string, error) {
	held, err := c.list(ctx, secrets, s.Namespace)
	if err != nil {
		return nil, err
	}
	names := []string{}
	for _, secret := range held {
		if guardrails.IsSecret(secret.GetName()) {
			names = append(names, secret.GetName())
		}
	}
	return names, nil
}

// provisioners are those of the StorageClasses, which are listed when the first is asked for.
type provisioners struct {
	c  *Client
	of map[string]string
}

// olderClaim says whether a claim waits for a volume of the driver that the policies would refuse to a new claim. A
// claim that names its volume is not provisioned.
func (p *provisioners) olderClaim(
	ctx context.Context, claim *unstructured.Unstructured, s guardrails.Settings,
) (guardrails.OlderClaim, bool, error) {
	volume, _, _ := unstructured.NestedString(claim.Object, "spec", "volumeName")
	annotations := claim.GetAnnotations()
	found := guardrails.OlderClaim{
		Namespace: claim.GetNamespace(), Name: claim.GetName(), UID: string(claim.GetUID()),
		Class: classOf(claim),
	}
	if !isWaiting(claim) || volume != "" || found.Class == "" || found.Class == s.ClassName {
		return found, false, nil
	}
	if p.of == nil {
		items, err := p.c.list(ctx, storageClasses, "")
		if err != nil {
			return found, false, err
		}
		p.of = map[string]string{}
		for i := range items {
			p.of[items[i].GetName()], _, _ = unstructured.NestedString(items[i].Object, "provisioner")
		}
	}
	by := cmp.Or(p.of[found.Class], annotations["volume.kubernetes.io/storage-provisioner"],
		annotations["volume.beta.kubernetes.io/storage-provisioner"])
	return found, by == guardrails.Provisioner, nil
}

// ensureKnown writes the objects with what policies need to know.
func (c *Client) ensureKnown(ctx context.Context, s guardrails.Settings) error {
	known := guardrails.Known{}
	var err error
	if known.Claims, err = c.claimsOf(ctx, s); err != nil {
		return err
	}
	if known.Secrets, err = c.passphrases(ctx, s); err != nil {
		return err
	}
	for _, wanted := range s.KnownObjects(known) {
		found, err := c.get(ctx, resourceOf(wanted.Kind), s.Namespace, wanted.Name)
		if err != nil {
			return err
		}
		differing := differences(wanted, found)
		if len(differing) == 0 {
			continue
		}
		// The API server refuses another role in a binding.
		if slices.ContainsFunc(differing, func(d Difference) bool { return strings.HasPrefix(d.Field, "roleRef") }) {
			if err := c.remove(ctx, resourceOf(wanted.Kind), s.Namespace, wanted.Name, found.GetUID()); err != nil {
				return err
			}
		}
		if _, err := c.apply(
			ctx, resourceOf(wanted.Kind), &unstructured.Unstructured{Object: wanted.Content}, true,
		); err != nil {
			return err
		}
	}
	return nil
}

// lookKnown compares such objects with what the cluster holds, and looks for rights that open the lookups. An API key
// that may only plan may not look at some of it: that is passed over.
func (c *Client) lookKnown(ctx context.Context, s guardrails.Settings, seen *Seen) error {
	role, err := c.get(ctx, roles, s.Namespace, guardrails.KnownName)
	roleSeen := err == nil
	if err != nil && !Is(err, Forbidden) {
		return err
	}
	held := guardrails.Known{}
	if role != nil {
		held = knownOf(role)
	}
	wanted := guardrails.Known{}
	pending, err := c.claimsOf(ctx, s)
	switch {
	case err == nil:
		seen.PendingClaims, wanted.Claims = pending, pending
	case IsUnreachable(err):
		return err
	default:
		wanted.Claims = held.Claims
		if !Is(err, Forbidden) {
			seen.ClaimsErr = err
		}
	}
	if roleSeen {
		seen.OlderClaims = append([]guardrails.OlderClaim{}, held.Claims...)
	}
	switch wanted.Secrets, err = c.passphrases(ctx, s); {
	case err == nil:
		// That of the current version has a difference of its own where it is absent.
		wanted.Secrets = append(wanted.Secrets, guardrails.SecretName(s.Version))
	case Is(err, Forbidden):
		wanted.Secrets = held.Secrets
	default:
		return err
	}
	for _, object := range s.KnownObjects(wanted) {
		if object.Kind == guardrails.KindRole {
			if roleSeen {
				seen.Differences = append(seen.Differences, roleDifferences(s, object, role, held, wanted)...)
			}
			continue
		}
		found, err := c.get(ctx, resourceOf(object.Kind), s.Namespace, object.Name)
		if Is(err, Forbidden) {
			continue
		}
		if err != nil {
			return err
		}
		seen.Differences = append(seen.Differences, differences(object, found)...)
	}
	rights := lookupRights{c: c, s: s}
	seen.OpenLookup, _, err = rights.open(ctx)
	if err == nil && seen.OpenLookup == nil {
		seen.OpenLookup, err = rights.named(ctx)
	}
	return err
}

// roleDifferences are those of the Role. Exceptions of claims that wait no more have a difference of their own: they
// are left over without a change of the Role.
func roleDifferences(
	s guardrails.Settings, wanted guardrails.Object, role *unstructured.Unstructured, held, known guardrails.Known,
) []Difference {
	found, over := differences(wanted, role), []string{}
	for _, claim := range held.Claims {
		if !slices.Contains(known.Claims, claim) {
			over = append(over, claim.String())
			known.Claims = append(slices.Clone(known.Claims), claim)
		}
	}
	at := slices.IndexFunc(found, func(d Difference) bool { return d.Field == "rules" })
	if len(over) == 0 || at < 0 || !setByUs(role, "rules") {
		return found
	}
	with := differences(s.KnownObjects(known)[0], role)
	if !slices.ContainsFunc(with, func(d Difference) bool { return d.Field == "rules" }) {
		found[at].Field, found[at].Found = FieldOlderClaims, strings.Join(over, ", ")
	}
	return found
}

// removeKnown removes such objects.
func (c *Client) removeKnown(ctx context.Context, s guardrails.Settings) error {
	for _, object := range s.KnownObjects(guardrails.Known{}) {
		if err := c.remove(ctx, resourceOf(object.Kind), s.Namespace, object.Name, ""); err != nil {
			return err
		}
	}
	return nil
}
