package sandbox

import (
	"strings"
	"testing"
	"time"
)

func TestProjects(t *testing.T) {
	t.Parallel()
	r := newRig(t, Options{})
	const projects = "/account/v3/projects"
	p := r.call(200, "POST", projects, `{"name":"p","organization_id":"`+OrganizationID+`","description":"d"}`)
	expectJSON(t, nil, p, "qualification")
	id := stringAt(t, p, "id")
	read := r.call(200, "GET", projects+"/"+id, "")
	expectJSON(t, map[string]any{"architecture_type": "unknown_architecture_type"}, read, "qualification")
	r.call(409, "POST", projects, `{"name":"p","organization_id":"`+OrganizationID+`"}`)
	r.call(403, "POST", projects, `{"name":"q","organization_id":"00000000-0000-4000-8000-000000000000"}`)
	expectJSON(t, "renamed", r.call(200, "PATCH", projects+"/"+id, `{"name":"renamed"}`), "name")
	found := r.call(200, "GET", projects+"?order_by=created_at_asc&organization_id="+OrganizationID, "")
	expectJSON(t, 2, found, "total_count")
	expectJSON(t, ProjectID, found, "projects", 0, "id")
	expectJSON(t, "default", found, "projects", 0, "name")
	sorted := r.call(200, "GET", projects+"?order_by=name_desc&project_ids="+id+"&project_ids="+ProjectID, "")
	expectJSON(t, "renamed", sorted, "projects", 0, "name")
	r.call(200, "POST", projects+"/"+id+"/project-qualification",
		`{"qualification":{"architecture_type":"kubernetes","container":{"sub_use_case":"unknown_sub_use_case"}}}`)
	expectJSON(t, "kubernetes", r.call(200, "GET", projects+"/"+id, ""), "qualification", "architecture_type")
	expectJSON(t, 1, r.call(200, "GET", vpcsPath+"?project_id="+id, ""), "total_count") // its default VPC

	network := stringAt(t, r.call(200, "POST", privateNetworksPath, `{"project_id":"`+id+`"}`), "id")
	refused := r.call(412, "DELETE", projects+"/"+id, "")
	if help := stringAt(t, refused, "help_message"); !strings.Contains(help, network) {
		t.Errorf("the error does not name the Private Network: %s", help)
	}
	r.call(204, "DELETE", privateNetworksPath+"/"+network, "")
	secrets := "/secret-manager/v1beta1/regions/fr-par/secrets"
	secret := stringAt(t, r.call(200, "POST", secrets, `{"project_id":"`+id+`","name":"s"}`), "id")
	r.call(412, "DELETE", projects+"/"+id, "")
	r.call(204, "DELETE", secrets+"/"+secret, "")
	r.call(204, "DELETE", projects+"/"+id, "")
	expectJSON(t, "project_id", r.call(404, "GET", projects+"/"+id, ""), "resource")
	expectJSON(t, 0, r.call(200, "GET", vpcsPath+"?project_id="+id, ""), "total_count")
	r.call(412, "DELETE", projects+"/"+ProjectID, "")
}

func TestContractSignatures(t *testing.T) {
	t.Parallel()
	r := newRig(t, Options{})
	const signatures = "/account/v3/contract-signatures"
	found := r.call(200, "GET", signatures+"?organization_id="+OrganizationID, "")
	expectJSON(t, ContractName, found, "contract_signatures", 0, "contract", "name")
	check := func(name string) map[string]any {
		return r.call(200, "POST", signatures+"/check",
			`{"organization_id":"`+OrganizationID+`","contract_type":"global","contract_name":"`+name+`"}`)
	}
	expectJSON(t, map[string]bool{"created": true, "validated": true}, check("hds"))
	expectJSON(t, map[string]bool{"created": false, "validated": false}, check("other"))
	refused := r.call(403, "POST", signatures, `{"contract_type":"global","contract_name":"other"}`)
	if help := stringAt(t, refused, "help_message"); !strings.Contains(help, "signs no contracts") {
		t.Errorf("the error does not give the reason: %s", help)
	}
	r.call(403, "POST", signatures+"/"+ContractSignatureID+"/validate", "{}")
	expectJSON(t, 1, r.call(200, "GET", signatures+"?organization_id="+OrganizationID, ""), "total_count")

	if err := r.server.Patch(
		"contract-signatures", ContractSignatureID, map[string]any{"expires_at": r.server.Now().Add(time.Hour)},
	); err != nil {
		t.Fatal(err)
	}
	expectJSON(t, true, check("hds"), "validated")
	r.server.Advance(time.Hour)
	expectJSON(t, false, check("hds"), "validated")
	if err := r.server.Patch(
		"contract-signatures", ContractSignatureID, map[string]any{"expires_at": nil, "signed_at": nil},
	); err != nil {
		t.Fatal(err)
	}
	expectJSON(t, map[string]bool{"created": true, "validated": false}, check("hds"))
	if err := r.server.Remove("contract-signatures", ContractSignatureID); err != nil {
		t.Fatal(err)
	}
	expectJSON(t, false, check("hds"), "created")
}
