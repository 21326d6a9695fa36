package cluster

import (
	"testing"

	"github.com/scaleway/scaleway-sdk-go/api/k8s/v1"
)

// TestPatch: a request has what differs and nothing else; what is removed is sent as empty, or as the API's default.
func TestPatch(t *testing.T) {
	t.Parallel()
	changed := DefaultAutoscaler()
	changed.Expander = k8s.AutoscalerExpanderPrice
	from := Settings{
		Name: "records", Tags: []string{"a"}, MaintenanceWindow: &k8s.MaintenanceWindow{StartHour: 2},
		Autoscaler: &changed, OIDC: &OIDC{IssuerURL: "https://idp.example.org", GroupsClaim: []string{"groups"}},
	}
	if request := from.patch(Ref{}, from); request != nil {
		t.Errorf("request without a change: %+v", request)
	}
	to := from
	to.Tags, to.Description = nil, "x"
	request := to.patch(Ref{}, from)
	if request == nil || request.Tags == nil || *request.Tags == nil || len(*request.Tags) != 0 ||
		*request.Description != "x" {
		t.Fatalf("%+v", request)
	}
	if request.Name != nil || request.AutoUpgrade != nil || request.AutoscalerConfig != nil ||
		request.OpenIDConnectConfig != nil || request.FeatureGates != nil {
		t.Errorf("the request contains unchanged settings: %+v", request)
	}
	off := from
	off.MaintenanceWindow, off.Autoscaler, off.OIDC = nil, nil, nil
	request = from.patch(Ref{}, off)
	if request == nil || request.AutoUpgrade == nil || !*request.AutoUpgrade.Enable ||
		request.AutoUpgrade.MaintenanceWindow == nil {
		t.Fatalf("the request does not switch auto-upgrade on again: %+v", request)
	}
	request = off.patch(Ref{}, from)
	if config := request.AutoscalerConfig; config == nil || config.Expander != k8s.AutoscalerExpanderRandom {
		t.Errorf("the request does not reset the autoscaler to the defaults: %+v", config)
	}
	if config := request.OpenIDConnectConfig; config == nil || *config.IssuerURL != "" ||
		len(*config.GroupsClaim) != 0 {
		t.Errorf("the request does not clear the OpenID Connect provider: %+v", config)
	}
}
