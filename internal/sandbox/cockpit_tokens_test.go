package sandbox

import (
	"errors"
	"testing"

	"github.com/scaleway/scaleway-sdk-go/api/cockpit/v1"
	"github.com/scaleway/scaleway-sdk-go/scw"
)

func TestCockpitTokens(t *testing.T) {
	t.Parallel()
	k := newK8sFixture(t, Options{})
	api := cockpit.NewRegionalAPI(k.client)
	token, err := api.CreateToken(&cockpit.RegionalAPICreateTokenRequest{
		Name: "reader", TokenScopes: []cockpit.TokenScope{
			cockpit.TokenScopeReadOnlyLogs, cockpit.TokenScopeReadOnlyMetrics,
		},
	})
	if err != nil || token.SecretKey == nil || len(*token.SecretKey) != 64 {
		t.Fatalf("create: %v, %+v", err, token)
	}
	got, err := api.GetToken(&cockpit.RegionalAPIGetTokenRequest{TokenID: token.ID})
	if err != nil || got.SecretKey != nil || got.Name != "reader" || len(got.Scopes) != 2 {
		t.Errorf("get: %v, %+v", err, got)
	}
	for scope, want := range map[cockpit.TokenScope]uint64{
		cockpit.TokenScopeReadOnlyLogs: 1, cockpit.TokenScopeWriteOnlyLogs: 0,
	} {
		list, err := api.ListTokens(&cockpit.RegionalAPIListTokensRequest{TokenScopes: []cockpit.TokenScope{scope}})
		if err != nil || list.TotalCount != want {
			t.Errorf("tokens with %s: %v, %+v", scope, err, list)
		}
	}
	var state []map[string]any
	if err := k.server.Objects("cockpit-tokens", &state); err != nil || state[0]["secret_key"] != nil {
		t.Errorf("the state has the secret key of a token: %v, %v", err, state)
	}
	var invalid *scw.InvalidArgumentsError
	_, err = api.CreateToken(&cockpit.RegionalAPICreateTokenRequest{TokenScopes: []cockpit.TokenScope{"everything"}})
	if !errors.As(err, &invalid) {
		t.Errorf("create a token with an unknown scope: %v", err)
	}
	if err := api.DeleteToken(&cockpit.RegionalAPIDeleteTokenRequest{TokenID: token.ID}); err != nil {
		t.Fatal(err)
	}
	var notFound *scw.ResourceNotFoundError
	err = api.DeleteToken(&cockpit.RegionalAPIDeleteTokenRequest{TokenID: token.ID})
	if !errors.As(err, &notFound) || notFound.Resource != "token" {
		t.Errorf("delete a deleted token: %v", err)
	}
}
