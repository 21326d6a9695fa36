package bench

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"testing"

	"github.com/hashicorp/go-hclog"
	"github.com/hashicorp/go-plugin"
	"google.golang.org/grpc"
)

// BenchmarkStart measures the time from the start of the provider process to its answer with all schemas. It also
// reports the size of the binary and of the schemas.
func BenchmarkStart(b *testing.B) {
	binary := buildRelease(b)
	info, err := os.Stat(binary)
	if err != nil {
		b.Fatal(err)
	}
	size := 0
	for b.Loop() {
		size = len(fetchSchemas(b, binary))
	}
	b.ReportMetric(float64(info.Size())/(1<<20), "binary-MB")
	b.ReportMetric(float64(size)/(1<<10), "schema-kB")
}

// fetchSchemas starts the provider as a CLI does, and returns its encoded answer to GetProviderSchema.
func fetchSchemas(b *testing.B, binary string) []byte {
	b.Helper()
	client := plugin.NewClient(&plugin.ClientConfig{
		HandshakeConfig: plugin.HandshakeConfig{ // as every CLI sends it
			ProtocolVersion: 6, MagicCookieKey: "TF_PLUGIN_MAGIC_COOKIE",
			MagicCookieValue: "d602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2",
		},
		Plugins: plugin.PluginSet{
			"provider": &rawConnection{},
		}, AllowedProtocols: []plugin.Protocol{plugin.ProtocolGRPC}, AutoMTLS: true,
		Cmd: exec.CommandContext(b.Context(), binary), Logger: hclog.NewNullLogger(),
	})
	defer func() {
		b.StopTimer()
		client.Kill()
		b.StartTimer()
	}()
	protocol, err := client.Client()
	if err != nil {
		b.Fatal(err)
	}
	dispensed, err := protocol.Dispense("provider")
	if err != nil {
		b.Fatal(err)
	}
	conn, ok := dispensed.(*grpc.ClientConn)
	if !ok {
		b.Fatalf("the plugin is a %T", dispensed)
	}
	var answer []byte
	if err := conn.Invoke(
		b.Context(), "/tfplugin6.Provider/GetProviderSchema", []byte{}, &answer, grpc.ForceCodec(rawCodec{}),
		grpc.MaxCallRecvMsgSize(64<<20),
	); err != nil {
		b.Fatal(err)
	}
	return answer
}

// rawConnection is a plugin whose client is the gRPC connection itself.
type rawConnection struct{ plugin.NetRPCUnsupportedPlugin }

func (*rawConnection) GRPCServer(*plugin.GRPCBroker, *grpc.Server) error {
	return errors.New("the benchmark has no server")
}

func (*rawConnection) GRPCClient(_ context.Context, _ *plugin.GRPCBroker, conn *grpc.ClientConn) (any, error) {
	return conn, nil
}

// rawCodec passes messages as bytes. The request of GetProviderSchema is an empty message.
type rawCodec struct{}

func (rawCodec) Name() string { return "proto" }

func (rawCodec) Marshal(message any) ([]byte, error) {
	raw, ok := message.([]byte)
	if !ok {
		return nil, errors.New("not bytes")
	}
	return raw, nil
}

func (rawCodec) Unmarshal(raw []byte, into any) error {
	target, ok := into.(*[]byte)
	if !ok {
		return errors.New("not bytes")
	}
	*target = append((*target)[:0], raw...)
	return nil
}
