package sandbox

import (
	"errors"
	"testing"
	"time"

	"github.com/scaleway/scaleway-sdk-go/api/iam/v1alpha1"
	"github.com/scaleway/scaleway-sdk-go/scw"
)

// iamAPI returns the SDK's client of IAM for the rig's token, and the option with the context of the test.
func iamAPI(r *rig) (*iam.API, scw.RequestOption) {
	return iam.NewAPI(sdkClientOf(r)), scw.WithContext(r.t.Context())
}

// sdkClientOf returns a client of the SDK for the rig's token.
func sdkClientOf(r *rig) *scw.Client {
	r.t.Helper()
	client, err := scw.NewClient(scw.WithAPIURL(r.url), scw.WithAuth(AccessKey, r.token),
		scw.WithDefaultRegion(scw.RegionFrPar), scw.WithDefaultZone(scw.ZoneFrPar1),
		scw.WithDefaultProjectID(ProjectID), scw.WithDefaultOrganizationID(OrganizationID))
	if err != nil {
		r.t.Fatal(err)
	}
	return client
}

// must returns the value of a call that must not fail.
func must[T any](value T, err error) func(*testing.T) T {
	return func(t *testing.T) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return value
	}
}

// expectNotFound expects a not found error of a kind of resource.
func expectNotFound(t *testing.T, err error, resource string) {
	t.Helper()
	var notFound *scw.ResourceNotFoundError
	if !errors.As(err, &notFound) || notFound.Resource != resource {
		t.Errorf("got %v, want that the %s is not found", err, resource)
	}
}

func TestUsers(t *testing.T) {
	t.Parallel()
	r := newRig(t, Options{})
	api, ctx := iamAPI(r)
	create := func(name string, tags ...string) *iam.User {
		t.Helper()
		return must(api.CreateUser(&iam.CreateUserRequest{Tags: tags, Member: &iam.CreateUserRequestMember{
			Email: name + "@example.com", Username: name,
		}}, ctx))(t)
	}
	a, b := create("b-user", "team"), create("a-user")
	if a.Type != iam.UserTypeMember || a.Locale != "en_US" || !a.Deletable || a.Mfa || a.AccountRootUserID != "" {
		t.Errorf("got %+v", a)
	}
	list := func(request iam.ListUsersRequest) []string {
		t.Helper()
		var names []string
		for _, u := range must(api.ListUsers(&request, ctx))(t).Users {
			names = append(names, u.Username)
		}
		return names
	}
	expectJSON(t, []string{"user@example.com"}, list(iam.ListUsersRequest{Type: iam.UserTypeOwner}))
	expectJSON(t, []string{"b-user"}, list(iam.ListUsersRequest{Tag: scw.StringPtr("team")}))
	expectJSON(t, []string{"user@example.com", "b-user", "a-user"}, list(iam.ListUsersRequest{
		OrderBy: iam.ListUsersRequestOrderByUsernameDesc,
	}))
	enabled := true
	expectJSON(t, nil, list(iam.ListUsersRequest{Mfa: &enabled}))
	must(api.CreateUserMFAOTP(&iam.CreateUserMFAOTPRequest{UserID: b.ID}, ctx))(t)
	must(api.ValidateUserMFAOTP(&iam.ValidateUserMFAOTPRequest{UserID: b.ID, OneTimePassword: "123456"}, ctx))(t)
	expectJSON(t, []string{"a-user"}, list(iam.ListUsersRequest{Mfa: &enabled}))

	email := "new@example.com"
	updated := must(api.UpdateUser(&iam.UpdateUserRequest{UserID: a.ID, Email: &email, Tags: &[]string{}}, ctx))(t)
	if updated.Email != email || len(updated.Tags) != 0 || updated.Username != "b-user" {
		t.Errorf("got %+v", updated)
	}
	if !must(api.LockUser(&iam.LockUserRequest{UserID: a.ID}, ctx))(t).Locked {
		t.Error("the user is not locked")
	}
	key := must(api.CreateAPIKey(&iam.CreateAPIKeyRequest{UserID: &a.ID}, ctx))(t)
	if err := api.DeleteUser(&iam.DeleteUserRequest{UserID: a.ID}, ctx); err != nil {
		t.Fatal(err)
	}
	_, err := api.GetUser(&iam.GetUserRequest{UserID: a.ID}, ctx)
	expectNotFound(t, err, "user")
	_, err = api.GetAPIKey(&iam.GetAPIKeyRequest{AccessKey: key.AccessKey}, ctx)
	expectNotFound(t, err, "access_key")
	if err := api.DeleteUser(&iam.DeleteUserRequest{UserID: UserID}, ctx); err == nil {
		t.Error("the owner was deleted")
	}
}

// TestMemberPermissions checks that the API key of a member may do what the member's policies grant.
func TestMemberPermissions(t *testing.T) {
	t.Parallel()
	r := newRig(t, Options{})
	api, ctx := iamAPI(r)
	member := must(api.CreateUser(&iam.CreateUserRequest{
		Member: &iam.CreateUserRequestMember{Username: "m"},
	}, ctx))(t)
	key := must(api.CreateAPIKey(&iam.CreateAPIKeyRequest{UserID: &member.ID}, ctx))(t)
	secret := *key.SecretKey
	r.token = secret
	r.call(403, "GET", vpcsPath, "")
	organizationID := OrganizationID
	must(api.CreatePolicy(&iam.CreatePolicyRequest{Name: "p", UserID: &member.ID, Rules: []*iam.RuleSpecs{{
		PermissionSetNames: &[]string{"VPCReadOnly"}, OrganizationID: &organizationID,
	}, {
		PermissionSetNames: &[]string{"IAMGroupReadOnly"}, OrganizationID: &organizationID,
	}}}, ctx))(t)
	r.call(200, "GET", vpcsPath, "")
	r.call(200, "GET", iamPath+"/groups", "")
	r.call(403, "POST", iamPath+"/groups", "{}")
	r.call(403, "GET", iamPath+"/users", "")
	expectJSON(
		t,
		"jwt",
		(&rig{t: t, url: r.url, token: SecretKey}).call(403, "GET", iamPath+"/jwts?audience_id="+UserID, ""),
		"details",
		0,
		"resource",
	)
}

func TestPolicyPrincipals(t *testing.T) {
	t.Parallel()
	r := newRig(t, Options{})
	api, ctx := iamAPI(r)
	organizationID, none := OrganizationID, true
	rules := func(sets ...string) []*iam.RuleSpecs {
		return []*iam.RuleSpecs{{PermissionSetNames: &sets, OrganizationID: &organizationID}}
	}
	app := must(api.CreateApplication(&iam.CreateApplicationRequest{Name: "a"}, ctx))(t)
	create := func(request iam.CreatePolicyRequest) (*iam.Policy, error) { return api.CreatePolicy(&request, ctx) }
	var invalid *scw.InvalidArgumentsError
	for name, request := range map[string]iam.CreatePolicyRequest{
		"no principal":   {Rules: rules("VPCReadOnly")},
		"two principals": {Rules: rules("VPCReadOnly"), ApplicationID: &app.ID, NoPrincipal: &none},
		"mixed scopes":   {Rules: rules("VPCReadOnly", "IAMManager"), NoPrincipal: &none},
		"no scope": {NoPrincipal: &none, Rules: []*iam.RuleSpecs{
			{PermissionSetNames: &[]string{"VPCReadOnly"}},
		}},
	} {
		request.Name = "refused"
		if _, err := create(request); !errors.As(err, &invalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
	unknown := "00000000-0000-4000-8000-000000000000"
	_, err := create(iam.CreatePolicyRequest{Name: "refused", Rules: rules("VPCReadOnly"), GroupID: &unknown})
	expectNotFound(t, err, "group")
	second := must(create(iam.CreatePolicyRequest{Name: "b", Rules: rules("VPCReadOnly"), ApplicationID: &app.ID}))(t)
	must(create(iam.CreatePolicyRequest{Name: "a", Rules: rules("VPCReadOnly"), NoPrincipal: &none}))(t)
	sorted := must(
		api.ListPolicies(&iam.ListPoliciesRequest{OrderBy: iam.ListPoliciesRequestOrderByPolicyNameDesc}, ctx),
	)(
		t,
	)
	if sorted.Policies[0].ID != second.ID {
		t.Errorf("got %+v first", sorted.Policies[0])
	}
	if err := api.DeleteApplication(&iam.DeleteApplicationRequest{ApplicationID: app.ID}, ctx); err != nil {
		t.Fatal(err)
	}
	left := must(api.GetPolicy(&iam.GetPolicyRequest{PolicyID: second.ID}, ctx))(t)
	if left.ApplicationID != nil || left.NoPrincipal == nil || !*left.NoPrincipal {
		t.Errorf("got %+v", left)
	}
	clone := must(api.ClonePolicy(&iam.ClonePolicyRequest{PolicyID: second.ID}, ctx))(t)
	if copied := must(api.ListRules(&iam.ListRulesRequest{PolicyID: clone.ID}, ctx))(t); copied.TotalCount != 1 {
		t.Errorf("the clone has %d rules", copied.TotalCount)
	}
}

func TestGroupMembersMustExist(t *testing.T) {
	t.Parallel()
	r := newRig(t, Options{})
	api, ctx := iamAPI(r)
	g := must(api.CreateGroup(&iam.CreateGroupRequest{Name: "g"}, ctx))(t)
	_, err := api.SetGroupMembers(&iam.SetGroupMembersRequest{
		GroupID: g.ID, UserIDs: []string{"00000000-0000-4000-8000-000000000000"},
	}, ctx)
	expectNotFound(t, err, "user")
	if got := must(api.GetGroup(&iam.GetGroupRequest{GroupID: g.ID}, ctx))(t); len(got.UserIDs) != 0 {
		t.Errorf("a refused request changed the members to %v", got.UserIDs)
	}
	must(api.SetGroupMembers(&iam.SetGroupMembersRequest{GroupID: g.ID, UserIDs: []string{UserID}}, ctx))(t)
	found := must(api.ListGroups(&iam.ListGroupsRequest{UserIDs: []string{UserID}, GroupIDs: []string{g.ID}}, ctx))(t)
	if found.TotalCount != 1 {
		t.Errorf("got %d groups", found.TotalCount)
	}
}

func TestSSHKeys(t *testing.T) {
	t.Parallel()
	r := newRig(t, Options{})
	api, ctx := iamAPI(r)
	const ed25519 = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAICJEoOOgQBLJPs4g/XcPTKT82NywNPpxeuA20FlOPlpO"
	key := must(api.CreateSSHKey(&iam.CreateSSHKeyRequest{Name: "k", PublicKey: ed25519 + " me@example.com\n"}, ctx))(t)
	// The fingerprint is recorded for this public key.
	if key.PublicKey != ed25519 ||
		key.Fingerprint != "256 MD5:6b:cd:72:8a:ae:45:24:4b:2b:72:f6:d0:6a:8d:16:06 (ssh-ed25519)" {
		t.Errorf("got %+v", key)
	}
	var invalid *scw.InvalidArgumentsError
	for _, broken := range []string{"", "ssh-rsa", "ssh-rsa AAAAC3NzaC1lZDI1NTE5AAAAIC", "ssh-rsa %%%"} {
		if _, err := api.CreateSSHKey(
			&iam.CreateSSHKeyRequest{Name: "refused", PublicKey: broken},
			ctx,
		); !errors.As(
			err,
			&invalid,
		) {
			t.Errorf("%q: %v", broken, err)
		}
	}
	disabled := true
	must(api.UpdateSSHKey(&iam.UpdateSSHKeyRequest{SSHKeyID: key.ID, Disabled: &disabled}, ctx))(t)
	if found := must(api.ListSSHKeys(&iam.ListSSHKeysRequest{Disabled: &disabled}, ctx))(t); found.TotalCount != 1 {
		t.Errorf("%d disabled keys", found.TotalCount)
	}
	if err := api.DeleteSSHKey(&iam.DeleteSSHKeyRequest{SSHKeyID: key.ID}, ctx); err != nil {
		t.Fatal(err)
	}
	_, err := api.GetSSHKey(&iam.GetSSHKeyRequest{SSHKeyID: key.ID}, ctx)
	expectNotFound(t, err, "ssh_key")
}

func TestOrganizationSettings(t *testing.T) {
	t.Parallel()
	r := newRig(t, Options{})
	api, ctx := iamAPI(r)
	settings := iamPath + "/organizations/" + OrganizationID + "/security-settings"
	expectJSON(t, "0s", r.call(200, "GET", settings, ""), "max_api_key_expiration_duration")
	must(api.UpdateOrganizationSecuritySettings(&iam.UpdateOrganizationSecuritySettingsRequest{
		MaxAPIKeyExpirationDuration: &scw.Duration{Seconds: 3600},
	}, ctx))(t)
	user, soon, late := UserID, r.server.Now().Add(time.Minute), r.server.Now().Add(2*time.Hour)
	var invalid *scw.InvalidArgumentsError
	for _, expires := range []*time.Time{nil, &late} {
		request := &iam.CreateAPIKeyRequest{UserID: &user, ExpiresAt: expires}
		if _, err := api.CreateAPIKey(request, ctx); !errors.As(err, &invalid) {
			t.Errorf("a key that expires at %v: %v", expires, err)
		}
	}
	must(api.CreateAPIKey(&iam.CreateAPIKeyRequest{UserID: &user, ExpiresAt: &soon}, ctx))(t)
	off := false
	o := must(api.UpdateOrganizationLoginMethods(&iam.UpdateOrganizationLoginMethodsRequest{
		LoginPasswordEnabled: &off,
	}, ctx))(t)
	if o.LoginPasswordEnabled || !o.LoginMagicCodeEnabled {
		t.Errorf("got %+v", o)
	}
}

func TestSAMLAndSCIM(t *testing.T) {
	t.Parallel()
	r := newRig(t, Options{})
	api, ctx := iamAPI(r)
	_, err := api.GetOrganizationSaml(&iam.GetOrganizationSamlRequest{}, ctx)
	expectNotFound(t, err, "organization_saml")
	_, err = api.GetOrganizationScim(&iam.GetOrganizationScimRequest{}, ctx)
	expectNotFound(t, err, "organization_scim")
	configuration := must(api.EnableOrganizationSaml(&iam.EnableOrganizationSamlRequest{}, ctx))(t)
	if configuration.Status != iam.SamlStatusMissingCertificate {
		t.Errorf("status %s", configuration.Status)
	}
	cert := must(api.AddSamlCertificate(&iam.AddSamlCertificateRequest{
		SamlID: configuration.ID, Type: iam.SamlCertificateTypeSigning, Content: testCertificate,
	}, ctx))(t)
	if cert.ExpiresAt.Format(time.DateOnly) != "2036-09-05" {
		t.Errorf("expires at %s", cert.ExpiresAt)
	}
	entity, url := "https://idp.example.com", "https://idp.example.com/sso"
	status := func(request iam.UpdateSamlRequest) iam.SamlStatus {
		t.Helper()
		request.SamlID = configuration.ID
		return must(api.UpdateSaml(&request, ctx))(t).Status
	}
	if got := status(iam.UpdateSamlRequest{EntityID: &entity}); got != iam.SamlStatusMissingSingleSignOnURL {
		t.Errorf("status %s", got)
	}
	if got := status(iam.UpdateSamlRequest{SingleSignOnURL: &url}); got != iam.SamlStatusValid {
		t.Errorf("status %s", got)
	}
	if err := api.DeleteSaml(&iam.DeleteSamlRequest{SamlID: configuration.ID}, ctx); err != nil {
		t.Fatal(err)
	}
	_, err = api.GetSamlCertificate(&iam.GetSamlCertificateRequest{CertificateID: cert.ID}, ctx)
	expectNotFound(t, err, "saml_certificate")

	s := must(api.EnableOrganizationScim(&iam.EnableOrganizationScimRequest{}, ctx))(t)
	token := must(api.CreateScimToken(&iam.CreateScimTokenRequest{ScimID: s.ID}, ctx))(t)
	if token.BearerToken == "" || token.Token.ExpiresAt.Sub(*token.Token.CreatedAt) != scimTokenValidity {
		t.Errorf("got %+v", token)
	}
	if got := must(api.ListScimTokens(&iam.ListScimTokensRequest{ScimID: s.ID}, ctx))(t); got.TotalCount != 1 {
		t.Errorf("%d tokens", got.TotalCount)
	}
	if err := api.DeleteScim(&iam.DeleteScimRequest{ScimID: s.ID}, ctx); err != nil {
		t.Fatal(err)
	}
	_, err = api.GetScimToken(&iam.GetScimTokenRequest{ScimTokenID: token.Token.ID}, ctx)
	expectNotFound(t, err, "scim_token")
}

func TestIAMLogs(t *testing.T) {
	t.Parallel()
	r := newRig(t, Options{})
	api, ctx := iamAPI(r)
	app := must(api.CreateApplication(&iam.CreateApplicationRequest{Name: "a"}, ctx))(t)
	name := "b"
	must(api.UpdateApplication(&iam.UpdateApplicationRequest{ApplicationID: app.ID, Name: &name}, ctx))(t)
	if err := api.DeleteApplication(&iam.DeleteApplicationRequest{ApplicationID: app.ID}, ctx); err != nil {
		t.Fatal(err)
	}
	logs := must(api.ListLogs(&iam.ListLogsRequest{
		ResourceType: iam.LogResourceTypeApplication, Search: &app.ID,
		OrderBy: iam.ListLogsRequestOrderByCreatedAtDesc,
	}, ctx))(t)
	var actions []iam.LogAction
	for _, entry := range logs.Logs {
		actions = append(actions, entry.Action)
		if entry.BearerID != UserID || entry.IP == nil {
			t.Errorf("got %+v", entry)
		}
	}
	expectJSON(t, []string{"deleted", "updated", "created"}, actions)
	quota := must(api.ListQuota(&iam.ListQuotaRequest{QuotumNames: []string{"iam_api_keys"}}, ctx))(t)
	if quota.TotalCount != 1 || *quota.Quota[0].Limits[0].Limit != 50 {
		t.Errorf("got %+v", quota)
	}
}

// testCertificate is a self-signed certificate for test.example.com, which expires in 2036.
const testCertificate = `-----BEGIN CERTIFICATE-----
MIIDFzCCAf+gAwIBAgIURks1HTvIEoDTEmWNep/iAz4KZr0wDQYJKoZIhvcNAQEL
BQAwGzEZMBcGA1UEAwwQdGVzdC5leGFtcGxlLmNvbTAeFw0yNjA5MDgxMDI1Mjla
Fw0zNjA5MDUxMDI1MjlaMBsxGTAXBgNVBAMMEHRlc3QuZXhhbXBsZS5jb20wggEi
MA0GCSqGSIb3DQEBAQUAA4IBDwAwggEKAoIBAQCu2UyEwLGJ1hJibBxXepoN7uMq
5N5NYEcQLawxOersENXWQEJrmBx5dChlsA8FuiM07U8yNd1qpF1JvFeAJlygCTmm
qFe2MvHraJkih49xPJxqM8HmDLuCs+XT9s2r61ciPGcJTzX2kqq44ot4RIHPQqNL
w8KfGYULYN4ypA8gnGWjLGTxvCTJNu0D0UepOOlrWTZ1rCABAAwjDEvFklEPMhDp
d3YoPJpNKTdZ4h9capPnkOGOrMYhPNHKpB9Ew2uu5Ubww5m1Zv9bEBOBE53DTtga
4geVVDux9rS1POe1gWlGOtA/Abky9Hf/XlzPAENY6Oab/PWNZPdnROFlyEmjAgMB
AAGjUzBRMB0GA1UdDgQWBBQLwBfIv5n17IQuhgFuC71ATiBPMTAfBgNVHSMEGDAW
gBQLwBfIv5n17IQuhgFuC71ATiBPMTAPBgNVHRMBAf8EBTADAQH/MA0GCSqGSIb3
DQEBCwUAA4IBAQAgzryG5Kw55+EtnC4T3WEfXbKyHOxlZbGVGaBadP3ScnQbHdbR
I4+g5vgwe1W3UHn+cb07iwCawipi7UNw+zvN1s54W5M/t0pMM1y6xM718gqkvoIY
mNyNYBTHXVUFjlG5LvbtbU4qg6exBAQeY9dJSM9A4IYpIfjVoz9IAiILEbe3cT4d
MXRcOCSPUA6Glp5ecvRWKJsg9JnhOZXXkXWHyHw7Hj/263tRSpx/fOiIhwjH29ou
oOACpn20hAwDQOvvSXcMEtXOxCa9Itc7DzMkn28rtOhgzvkChTXG/tAGDhWcd86p
NMsLZEA3RIR7h0HU/U3u84sjYo8R59AZNpZv
-----END CERTIFICATE-----
`
