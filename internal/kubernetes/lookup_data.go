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
	roleBindings = schema.GroupVersionResource{
		Group: "rbac.authorization.k8s.io", Version: "v1", Resource: "rolebindings",
	}
)

// FieldOlderClaims is the field of the difference of a Role with exceptions for claims that are no longer pending.
const FieldOlderClaims = "rules.olderclaims"

// listOlderClaims lists the claims that are older than the guardrails and still pending: those that wait for a volume
// of the CSI driver, and those that a PersistentVolume reserves.
func (c *Client) listOlderClaims(ctx context.Context, s guardrails.Settings) ([]guardrails.OlderClaim, error) {
	items, err := c.list(ctx, claims, "")
	if err != nil {
		return nil, err
	}
	found, classes := []guardrails.OlderClaim{}, provisioners{client: c}
	pending := map[string]guardrails.OlderClaim{}
	for i := range items {
		claim, older, err := classes.checkOlderClaim(ctx, &items[i], s)
		if err != nil {
			return nil, err
		}
		if older {
			found = append(found, claim)
		}
		if isPending(&items[i]) && storageClassName(&items[i]) != s.ClassName {
			pending[claim.String()] = claim
		}
	}
	if len(pending) == 0 {
		return found, nil
	}
	items, err = c.list(ctx, volumes, "")
	if err != nil {
		return nil, err
	}
	for i := range items {
		uid, _, _ := unstructured.NestedString(items[i].Object, "spec", "claimRef", "uid")
		if claim, exists := pending[claimName(items[i].Object)]; exists && uid == "" {
			claim.Class, claim.Volume = "", items[i].GetName()
			found = append(found, claim)
		}
	}
	return found, nil
}

// OlderClaims reads the claims that have an exception.
func (c *Client) OlderClaims(ctx context.Context, s guardrails.Settings) ([]guardrails.OlderClaim, error) {
	role, err := c.get(ctx, roles, s.Namespace, guardrails.LookupRoleName)
	if err != nil || role == nil {
		return nil, err
	}
	return readLookupRole(role).Claims, nil
}

// readLookupRole reads the lookup data of the policies from the rules of a Role.
func readLookupRole(role *unstructured.Unstructured) guardrails.LookupData {
	rules, _, _ := unstructured.NestedSlice(role.Object, "rules")
	return guardrails.ParseLookupRules(rules)
}

// isPending reports whether a claim has no volume yet.
func isPending(claim *unstructured.Unstructured) bool {
	phase, _, _ := unstructured.NestedString(claim.Object, "status", "phase")
	return phase != "Bound" && phase != "Lost"
}

// PendingClaims lists the claims of the guardrails' class that have no volume yet, as "namespace/name".
func (c *Client) PendingClaims(ctx context.Context, s guardrails.Settings) ([]string, error) {
	items, err := c.list(ctx, claims, "")
	if err != nil {
		return nil, err
	}
	found := []string{}
	for i := range items {
		if isPending(&items[i]) && storageClassName(&items[i]) == s.ClassName {
			found = append(found, items[i].GetNamespace()+"/"+items[i].GetName())
		}
	}
	return found, nil
}

// listPassphraseSecrets lists the names of the Secrets with passphrases.
func (c *Client) listPassphraseSecrets(ctx context.Context, s guardrails.Settings) ([]string, error) {
	items, err := c.list(ctx, secrets, s.Namespace)
	if err != nil {
		return nil, err
	}
	names := []string{}
	for _, secret := range items {
		if guardrails.IsSecret(secret.GetName()) {
			names = append(names, secret.GetName())
		}
	}
	return names, nil
}

// provisioners caches the provisioners of the StorageClasses. The first use lists the classes.
type provisioners struct {
	client  *Client
	byClass map[string]string
}

// checkOlderClaim reports whether a claim waits for a volume of the CSI driver that the policies would refuse for a new
// claim. A claim with a volumeName is not provisioned.
func (p *provisioners) checkOlderClaim(
	ctx context.Context, claim *unstructured.Unstructured, s guardrails.Settings,
) (guardrails.OlderClaim, bool, error) {
	volume, _, _ := unstructured.NestedString(claim.Object, "spec", "volumeName")
	annotations := claim.GetAnnotations()
	found := guardrails.OlderClaim{
		Namespace: claim.GetNamespace(), Name: claim.GetName(), UID: string(claim.GetUID()),
		Class: storageClassName(claim),
	}
	if !isPending(claim) || volume != "" || found.Class == "" || found.Class == s.ClassName {
		return found, false, nil
	}
	if p.byClass == nil {
		items, err := p.client.list(ctx, storageClasses, "")
		if err != nil {
			return found, false, err
		}
		p.byClass = map[string]string{}
		for i := range items {
			p.byClass[items[i].GetName()], _, _ = unstructured.NestedString(items[i].Object, "provisioner")
		}
	}
	provisioner := cmp.Or(p.byClass[found.Class], annotations["volume.kubernetes.io/storage-provisioner"],
		annotations["volume.beta.kubernetes.io/storage-provisioner"])
	return found, provisioner == guardrails.Provisioner, nil
}

// ensureLookupData creates or updates the Role and RoleBinding with the lookup data of the policies.
func (c *Client) ensureLookupData(ctx context.Context, s guardrails.Settings) error {
	known := guardrails.LookupData{}
	var err error
	if known.Claims, err = c.listOlderClaims(ctx, s); err != nil {
		return err
	}
	if known.Secrets, err = c.listPassphraseSecrets(ctx, s); err != nil {
		return err
	}
	for _, wanted := range s.LookupObjects(known) {
		found, err := c.get(ctx, resourceForKind(wanted.Kind), s.Namespace, wanted.Name)
		if err != nil {
			return err
		}
		changes := diffObject(wanted, found)
		if len(changes) == 0 {
			continue
		}
		// The roleRef of a RoleBinding is immutable.
		if slices.ContainsFunc(changes, func(d Difference) bool { return strings.HasPrefix(d.Field, "roleRef") }) {
			if err := c.remove(
				ctx, resourceForKind(wanted.Kind), s.Namespace, wanted.Name, found.GetUID(),
			); err != nil {
				return err
			}
		}
		if _, err := c.apply(
			ctx, resourceForKind(wanted.Kind), &unstructured.Unstructured{Object: wanted.Content}, true,
		); err != nil {
			return err
		}
	}
	return nil
}

// inspectLookupData compares the Role and RoleBinding with the claims and Secrets of the cluster, and looks for RBAC
// grants that open the lookups. It skips what an API key with read-only permissions is not allowed to read.
func (c *Client) inspectLookupData(ctx context.Context, s guardrails.Settings, status *GuardrailStatus) error {
	role, err := c.get(ctx, roles, s.Namespace, guardrails.LookupRoleName)
	isRoleReadable := err == nil
	if err != nil && !Is(err, Forbidden) {
		return err
	}
	held := guardrails.LookupData{}
	if role != nil {
		held = readLookupRole(role)
	}
	wanted := guardrails.LookupData{}
	pending, err := c.listOlderClaims(ctx, s)
	switch {
	case err == nil:
		status.PendingClaims, wanted.Claims = pending, pending
	case IsUnreachable(err):
		return err
	default:
		wanted.Claims = held.Claims
		if !Is(err, Forbidden) {
			status.ClaimsErr = err
		}
	}
	if isRoleReadable {
		status.OlderClaims = append([]guardrails.OlderClaim{}, held.Claims...)
	}
	switch wanted.Secrets, err = c.listPassphraseSecrets(ctx, s); {
	case err == nil:
		// inspectSecrets reports an absent Secret of the current version.
		wanted.Secrets = append(wanted.Secrets, guardrails.SecretName(s.Version))
	case Is(err, Forbidden):
		wanted.Secrets = held.Secrets
	default:
		return err
	}
	for _, object := range s.LookupObjects(wanted) {
		if object.Kind == guardrails.KindRole {
			if isRoleReadable {
				status.Differences = append(status.Differences, diffLookupRole(s, object, role, held, wanted)...)
			}
			continue
		}
		found, err := c.get(ctx, resourceForKind(object.Kind), s.Namespace, object.Name)
		if Is(err, Forbidden) {
			continue
		}
		if err != nil {
			return err
		}
		status.Differences = append(status.Differences, diffObject(object, found)...)
	}
	access := lookupAccess{client: c, settings: s}
	status.OpenLookup, _, err = access.checkEveryName(ctx)
	if err == nil && status.OpenLookup == nil {
		status.OpenLookup, err = access.checkSingleNames(ctx)
	}
	return err
}

// diffLookupRole compares the Role. If the only change is exceptions for claims that are no longer pending, the
// difference has the field FieldOlderClaims: no one has changed the Role.
func diffLookupRole(
	s guardrails.Settings, wanted guardrails.Object, role *unstructured.Unstructured, held, known guardrails.LookupData,
) []Difference {
	found, obsolete := diffObject(wanted, role), []string{}
	for _, claim := range held.Claims {
		if !slices.Contains(known.Claims, claim) {
			obsolete = append(obsolete, claim.String())
			known.Claims = append(slices.Clone(known.Claims), claim)
		}
	}
	rules := slices.IndexFunc(found, func(d Difference) bool { return d.Field == "rules" })
	if len(obsolete) == 0 || rules < 0 || !isSetByProvider(role, "rules") {
		return found
	}
	others := diffObject(s.LookupObjects(known)[0], role)
	if !slices.ContainsFunc(others, func(d Difference) bool { return d.Field == "rules" }) {
		found[rules].Field, found[rules].Found = FieldOlderClaims, strings.Join(obsolete, ", ")
	}
	return found
}

// removeLookupData deletes the Role and RoleBinding.
func (c *Client) removeLookupData(ctx context.Context, s guardrails.Settings) error {
	for _, object := range s.LookupObjects(guardrails.LookupData{}) {
		if err := c.remove(ctx, resourceForKind(object.Kind), s.Namespace, object.Name, ""); err != nil {
			return err
		}
	}
	return nil
}
