package sandbox

import (
	"encoding/json"
	"testing"

	"github.com/scaleway/scaleway-sdk-go/scw"
)

func TestAPIDurationJSON(t *testing.T) {
	t.Parallel()
	for want, duration := range map[string]scw.Duration{
		`"0s"`:           {},
		`"2592000s"`:     {Seconds: 2592000},
		`"0.500s"`:       {Nanos: 500_000_000},
		`"1.000020s"`:    {Seconds: 1, Nanos: 20_000},
		`"1.000000003s"`: {Seconds: 1, Nanos: 3},
	} {
		raw, err := json.Marshal(apiDuration{duration})
		if err != nil || string(raw) != want {
			t.Errorf("%s, %v, want %s", raw, err, want)
		}
		var decoded apiDuration
		if err := json.Unmarshal(raw, &decoded); err != nil || decoded.Duration != duration {
			t.Errorf("%+v, %v", decoded, err)
		}
	}
}
