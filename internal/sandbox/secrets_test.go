package sandbox

import (
	"errors"
	"testing"
	"time"

	secret "github.com/scaleway/scaleway-sdk-go/api/secret/v1beta1"
	"github.com/scaleway/scaleway-sdk-go/scw"
)

func secretAPI(r *rig) (*secret.API, scw.RequestOption) {
	return secret.NewAPI(sdkClientOf(r)), scw.WithContext(r.t.Context())
}

func TestSecretVersions(t *testing.T) {
	t.Parallel()
	r := newRig(t, Options{})
	api, ctx := secretAPI(r)
	sec := must(api.CreateSecret(&secret.CreateSecretRequest{Name: "s"}, ctx))(t)
	if sec.Type != secret.SecretTypeOpaque || sec.Path != "/" || sec.Status != secret.SecretStatusReady {
		t.Errorf("got %+v", sec)
	}
	disable := true
	for _, data := range []string{"one", "two"} {
		must(api.CreateSecretVersion(&secret.CreateSecretVersionRequest{
			SecretID: sec.ID, Data: []byte(data), DisablePrevious: &disable,
		}, ctx))(t)
	}
	access := func(revision string) (string, error) {
		got, err := api.AccessSecretVersion(&secret.AccessSecretVersionRequest{
			SecretID: sec.ID, Revision: revision,
		}, ctx)
		if err != nil {
			return "", err
		}
		return string(got.Data), nil
	}
	for revision, want := range map[string]string{"2": "two", "latest": "two", "latest_enabled": "two"} {
		if got, err := access(revision); err != nil || got != want {
			t.Errorf("%s: %q, %v", revision, got, err)
		}
	}
	var precondition *scw.PreconditionFailedError
	if _, err := access("1"); !errors.As(err, &precondition) {
		t.Errorf("access a disabled version: %v", err)
	}
	_, err := access("3")
	expectNotFound(t, err, "secret_version")
	enabled := must(api.ListSecretVersions(&secret.ListSecretVersionsRequest{
		SecretID: sec.ID, Status: []secret.SecretVersionStatus{secret.SecretVersionStatusEnabled},
	}, ctx))(t)
	if enabled.TotalCount != 1 || enabled.Versions[0].Revision != 2 {
		t.Errorf("got %+v", enabled)
	}
	must(api.EnableSecretVersion(&secret.EnableSecretVersionRequest{SecretID: sec.ID, Revision: "1"}, ctx))(t)
	if err := api.DeleteSecretVersion(
		&secret.DeleteSecretVersionRequest{SecretID: sec.ID, Revision: "2"},
		ctx,
	); err != nil {
		t.Fatal(err)
	}
	if got, err := access("latest_enabled"); err != nil || got != "one" {
		t.Errorf("%q, %v", got, err)
	}
	r.server.Advance(deletionDelay)
	if got := must(api.GetSecret(&secret.GetSecretRequest{SecretID: sec.ID}, ctx))(t); got.VersionCount != 1 {
		t.Errorf("%d versions", got.VersionCount)
	}
	next := must(
		api.CreateSecretVersion(&secret.CreateSecretVersionRequest{SecretID: sec.ID, Data: []byte("x")}, ctx),
	)(
		t,
	)
	if next.Revision != 3 {
		t.Errorf("the revision of a deleted version is used again: %d", next.Revision)
	}
}

func TestSecretDeletion(t *testing.T) {
	t.Parallel()
	r := newRig(t, Options{})
	api, ctx := secretAPI(r)
	create := func() (*secret.Secret, error) {
		return api.CreateSecret(&secret.CreateSecretRequest{Name: "s", Protected: true}, ctx)
	}
	sec := must(create())(t)
	if _, err := create(); err == nil {
		t.Error("a second secret with the same name and path was created")
	}
	remove := func() error { return api.DeleteSecret(&secret.DeleteSecretRequest{SecretID: sec.ID}, ctx) }
	var precondition *scw.PreconditionFailedError
	if err := remove(); !errors.As(err, &precondition) ||
		precondition.HelpMessage != "cannot delete a protected secret" {
		t.Errorf("delete a protected secret: %v", err)
	}
	must(api.UnprotectSecret(&secret.UnprotectSecretRequest{SecretID: sec.ID}, ctx))(t)
	if err := remove(); err != nil {
		t.Fatal(err)
	}
	scheduled := must(api.ListSecrets(&secret.ListSecretsRequest{ScheduledForDeletion: true}, ctx))(t)
	if scheduled.TotalCount != 1 || scheduled.Secrets[0].DeletionRequestedAt == nil {
		t.Errorf("got %+v", scheduled)
	}
	must(api.RestoreSecret(&secret.RestoreSecretRequest{SecretID: sec.ID}, ctx))(t)
	r.server.Advance(8 * 24 * time.Hour)
	must(api.GetSecret(&secret.GetSecretRequest{SecretID: sec.ID}, ctx))(t)
	if err := remove(); err != nil {
		t.Fatal(err)
	}
	r.server.Advance(deletionDelay)
	_, err := api.GetSecret(&secret.GetSecretRequest{SecretID: sec.ID}, ctx)
	expectNotFound(t, err, "secret")
}

func TestEphemeralSecrets(t *testing.T) {
	t.Parallel()
	r := newRig(t, Options{})
	api, ctx := secretAPI(r)
	once := true
	sec := must(api.CreateSecret(&secret.CreateSecretRequest{Name: "s", EphemeralPolicy: &secret.EphemeralPolicy{
		TimeToLive: &scw.Duration{Seconds: 3600}, ExpiresOnceAccessed: &once,
		Action: secret.EphemeralPolicyActionDisable,
	}}, ctx))(t)
	version := func(revision string) secret.SecretVersionStatus {
		t.Helper()
		return must(
			api.GetSecretVersion(&secret.GetSecretVersionRequest{SecretID: sec.ID, Revision: revision}, ctx),
		)(
			t,
		).Status
	}
	for range 2 {
		must(api.CreateSecretVersion(&secret.CreateSecretVersionRequest{SecretID: sec.ID, Data: []byte("x")}, ctx))(t)
	}
	must(api.AccessSecretVersion(&secret.AccessSecretVersionRequest{SecretID: sec.ID, Revision: "1"}, ctx))(t)
	if got := version("1"); got != secret.SecretVersionStatusDisabled {
		t.Errorf("after an access: %s", got)
	}
	if got := version("2"); got != secret.SecretVersionStatusEnabled {
		t.Errorf("before its expiry: %s", got)
	}
	r.server.Advance(time.Hour)
	if got := version("2"); got != secret.SecretVersionStatusDisabled {
		t.Errorf("after its expiry: %s", got)
	}
}

func TestSecretFolders(t *testing.T) {
	t.Parallel()
	r := newRig(t, Options{})
	api, ctx := secretAPI(r)
	for name, folder := range map[string]string{"top": "/", "a": "/app", "b": "/app/db/"} {
		sec := must(
			api.CreateSecret(&secret.CreateSecretRequest{Name: name, Path: &folder, Tags: []string{name}}, ctx),
		)(
			t,
		)
		must(api.CreateSecretVersion(&secret.CreateSecretVersionRequest{SecretID: sec.ID, Data: []byte(name)}, ctx))(t)
	}
	browse := func(prefix string) []string {
		t.Helper()
		var names []string
		for _, item := range must(api.BrowseSecrets(&secret.BrowseSecretsRequest{Prefix: prefix}, ctx))(t).Items {
			name := item.Name
			if item.Folder != nil {
				name += "/"
			}
			names = append(names, name)
		}
		return names
	}
	expectJSON(t, []string{"app/", "top"}, browse("/"))
	expectJSON(t, []string{"a", "db/"}, browse("/app"))
	expectJSON(t, []string{"b"}, browse("/app/db"))
	got := must(api.AccessSecretVersionByPath(&secret.AccessSecretVersionByPathRequest{
		SecretPath: "/app/db", SecretName: "b", Revision: "latest",
	}, ctx))(t)
	expectJSON(t, "b", string(got.Data))
	db := "/app/db"
	found := must(api.ListSecrets(&secret.ListSecretsRequest{Path: &db, Tags: []string{"b", "z"}}, ctx))(t)
	if found.TotalCount != 1 {
		t.Errorf("got %+v", found)
	}
	expectJSON(t, []string{"a", "b", "top"}, must(api.ListTags(&secret.ListTagsRequest{}, ctx))(t).Tags)
}

// TestSecretPermissions checks that a key that may list secrets cannot read their data.
func TestSecretPermissions(t *testing.T) {
	t.Parallel()
	r := newRig(t, Options{})
	api, ctx := secretAPI(r)
	sec := must(api.CreateSecret(&secret.CreateSecretRequest{Name: "s"}, ctx))(t)
	must(api.CreateSecretVersion(&secret.CreateSecretVersionRequest{SecretID: sec.ID, Data: []byte("x")}, ctx))(t)
	_, _, reader := newApplicationKey(r, "SecretManagerReadOnly")
	_, _, accessor := newApplicationKey(r, "SecretManagerSecretAccess")
	path := "/secret-manager/v1beta1/regions/fr-par/secrets/" + sec.ID
	r.token = reader
	r.call(200, "GET", path, "")
	r.call(200, "GET", path+"/versions", "")
	expectJSON(t, "access", r.call(403, "GET", path+"/versions/1/access", ""), "details", 0, "action")
	r.call(403, "POST", path+"/protect", "{}")
	r.token = accessor
	r.call(200, "GET", path+"/versions/1/access", "")
	r.call(403, "GET", path, "")
}
