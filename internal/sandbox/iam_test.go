package sandbox

import (
	"strings"
	"testing"
	"time"
)

const iamPath = "/iam/v1alpha1"

func TestAuthentication(t *testing.T) {
	t.Parallel()
	r := newRig(t, Options{})
	for token, reason := range map[string]string{
		"": "invalid_argument", "not-a-key": "invalid_argument", "00000000-0000-4000-8000-000000000000": "not_found",
	} {
		r.token = token
		refused := r.call(401, "GET", vpcsPath, "")
		expectJSON(t, map[string]string{
			"message": "authentication is denied", "type": "denied_authentication", "method": "api_key",
			"reason": reason,
		}, refused)
	}
}

// newApplicationKey creates an application with permission sets and an API key.
func newApplicationKey(r *rig, sets ...string) (application, access, secret string) {
	r.t.Helper()
	application = stringAt(
		r.t, r.call(200, "POST", iamPath+"/applications", `{"name":"a","organization_id":"`+OrganizationID+`"}`), "id",
	)
	r.call(200, "POST", iamPath+"/policies", `{"name":"p","organization_id":"`+OrganizationID+`","application_id":"`+
		application+
		`","rules":[{"permission_set_names":["`+strings.Join(sets, `","`)+`"],"project_ids":["`+ProjectID+`"]}]}`)
	key := r.call(200, "POST", iamPath+"/api-keys", `{"application_id":"`+application+`","description":""}`)
	return application, stringAt(r.t, key, "access_key"), stringAt(r.t, key, "secret_key")
}

func TestPermissions(t *testing.T) {
	t.Parallel()
	r := newRig(t, Options{})
	application, access, secret := newApplicationKey(r, "KubernetesReadOnly", "VPCFullAccess")
	expectJSON(t, nil, r.call(200, "GET", iamPath+"/api-keys/"+access, ""), "secret_key")
	r.token = secret
	r.call(200, "GET", "/k8s/v1/regions/fr-par/clusters", "")
	refused := r.call(403, "POST", "/k8s/v1/regions/fr-par/clusters", "{}")
	expectJSON(t, map[string]any{
		"message": "insufficient permissions", "type": "permissions_denied",
		"details": []any{map[string]string{"resource": "kubernetes", "action": "write"}},
	}, refused)
	id := stringAt(t, r.call(200, "POST", vpcsPath, `{"name":"v"}`), "id")
	r.call(204, "DELETE", vpcsPath+"/"+id, "")
	r.call(403, "GET", iamPath+"/api-keys", "")
	r.call(403, "POST", "/account/v3/contract-signatures/check", "{}")

	r.token = SecretKey
	g := r.call(200, "POST", iamPath+"/groups", `{"name":"g","organization_id":"`+OrganizationID+`"}`)
	r.call(
		200,
		"POST",
		iamPath+"/policies",
		`{"name":"org","organization_id":"`+OrganizationID+`","group_id":"`+stringAt(t,
			g, "id")+
			`","rules":[{"permission_set_names":["OrganizationReadOnly"],"organization_id":"`+OrganizationID+`"}]}`,
	)
	r.call(200, "POST", iamPath+"/groups/"+stringAt(t, g, "id")+"/add-member", `{"application_id":"`+application+`"}`)
	r.token = secret
	r.call(200, "POST", "/account/v3/contract-signatures/check", "{}")
	r.call(403, "POST", iamPath+"/applications", "{}")

	if err := r.server.Patch(
		"api-keys", access, map[string]any{"permission_sets": []string{"InstancesReadOnly"}},
	); err != nil {
		t.Fatal(err)
	}
	r.call(403, "GET", vpcsPath, "")
	r.call(200, "GET", instancePath+"/security_groups", "")
	if err := r.server.Patch(
		"api-keys", access, map[string]any{"expires_at": r.server.Now().Add(time.Minute)},
	); err != nil {
		t.Fatal(err)
	}
	r.server.Advance(time.Minute)
	expectJSON(t, "expired", r.call(401, "GET", instancePath+"/security_groups", ""), "reason")
}

func TestExternalNodeRegisterPermission(t *testing.T) {
	t.Parallel()
	r := newRig(t, Options{})
	_, _, secret := newApplicationKey(r, "KubernetesExternalNodeRegister")
	r.token = secret
	const pools = "/k8s/v1/regions/fr-par/pools/00000000-0000-4000-8000-000000000000"
	r.call(403, "GET", pools, "")
	r.call(404, "POST", pools+"/external-nodes/auth", "")
	_, _, readOnly := newApplicationKey(
		&rig{t: t, server: r.server, url: r.url, token: SecretKey}, "KubernetesReadOnly",
	)
	r.token = readOnly
	expectJSON(t, "register", r.call(403, "POST", pools+"/external-nodes/auth", ""), "details", 0, "action")
}

func TestPolicies(t *testing.T) {
	t.Parallel()
	r := newRig(t, Options{})
	p := r.call(200, "POST", iamPath+"/policies", `{"name":"p","no_principal":true,"tags":null,"rules":[
		{"permission_set_names":["AllProductsFullAccess","IPAMReadOnly"],"condition":"",
		"organization_id":"`+OrganizationID+`"},
		{"permission_set_names":["IAMManager"],"condition":"1 == 1","organization_id":"`+OrganizationID+`"}]}`)
	expectJSON(t, 0, p, "nb_rules")
	id := stringAt(t, p, "id")
	read := r.call(200, "GET", iamPath+"/policies/"+id, "")
	expectJSON(t, []any{2.0, 1.0, 3.0}, []any{read["nb_rules"], read["nb_scopes"], read["nb_permission_sets"]})
	expectJSON(t, true, read, "no_principal")
	rules := r.call(200, "GET", iamPath+"/rules?policy_id="+id, "")
	expectJSON(t, "projects", rules, "rules", 0, "permission_sets_scope_type")
	expectJSON(t, "organization", rules, "rules", 1, "permission_sets_scope_type")
	set := r.call(200, "PUT", iamPath+"/rules", `{"policy_id":"`+id+`","rules":[]}`)
	expectJSON(t, []any{}, set, "rules")
	r.call(204, "DELETE", iamPath+"/policies/"+id, "")
	expectJSON(t, "policy", r.call(404, "GET", iamPath+"/policies/"+id, ""), "resource")
	sets := r.call(200, "GET", iamPath+"/permission-sets?page_size=100&organization_id="+OrganizationID, "")
	if count, want := jsonAt(t, sets, "total_count"), float64(len(listedPermissionSets())); count != want {
		t.Errorf("%v permission sets, want %v", count, want)
	}
}

func TestDeleteApplicationDeletesAPIKeys(t *testing.T) {
	t.Parallel()
	r := newRig(t, Options{})
	application, access, secret := newApplicationKey(r, "AllProductsFullAccess")
	expectJSON(t, 1, r.call(200, "GET", iamPath+"/applications/"+application, ""), "nb_api_keys")
	expectJSON(
		t,
		1,
		r.call(200, "GET", iamPath+"/api-keys?bearer_type=application&bearer_id="+application, ""),
		"total_count",
	)
	r.call(204, "DELETE", iamPath+"/applications/"+application, "")
	expectJSON(t, "access_key", r.call(404, "GET", iamPath+"/api-keys/"+access, ""), "resource")
	r.token = secret
	r.call(401, "GET", vpcsPath, "")
}

// TestReaderAndUnprivilegedKeys checks that only a sandbox with a kubeconfig has the two additional keys.
func TestReaderAndUnprivilegedKeys(t *testing.T) {
	t.Parallel()
	r := newRig(t, Options{Kubeconfig: []byte("apiVersion: v1\n")})
	for _, key := range []string{ReaderSecretKey, UnprivilegedSecretKey} {
		r.token = key
		r.call(200, "GET", "/k8s/v1/regions/fr-par/clusters", "")
		r.call(200, "GET", vpcsPath, "")
		r.call(403, "POST", "/k8s/v1/regions/fr-par/clusters", "{}")
		r.call(403, "GET", iamPath+"/api-keys", "")
	}
	r = newRig(t, Options{})
	r.token = ReaderSecretKey
	r.call(401, "GET", vpcsPath, "")
}
