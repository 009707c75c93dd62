package emit

import (
	"context"
	"errors"

	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/view"
)

func emitFlowchartSVG(context.Context, *view.Flowchart, Options) ([]byte, diag.List, error) {
	return nil, nil, errors.New("flowcharts are not drawn as SVG yet")
}
