'use strict';
// What our charts need of plotly.js: scatter, bar, heatmap; annotations, shapes, grid. The rest of its
// src/core.js (sliders, range sliders, images, 3d notes, …) is left out. Built as docs/assets.md says.
exports.version = require('plotly.js/src/version').version;
require('plotly.js/build/plotcss');
var Registry = require('plotly.js/src/registry');
var register = exports.register = Registry.register;
var plotApi = require('plotly.js/src/plot_api');
Object.keys(plotApi).forEach(function (name) {
  if (name.charAt(0) !== '_') exports[name] = plotApi[name];
  register({ moduleType: 'apiMethod', name: name, fn: plotApi[name] });
});
register(require('plotly.js/src/traces/scatter'));
register([require('plotly.js/src/traces/bar'), require('plotly.js/src/traces/heatmap')]);
register([
  require('plotly.js/src/components/annotations'),
  require('plotly.js/src/components/selections'),
  require('plotly.js/src/components/shapes'),
  require('plotly.js/src/components/grid'),
  require('plotly.js/src/components/errorbars'),
  require('plotly.js/src/components/colorscale'),
  require('plotly.js/src/components/colorbar'),
  require('plotly.js/src/components/legend'),
  require('plotly.js/src/components/fx'),
  require('plotly.js/src/components/modebar')
]);
register([require('plotly.js/src/locale-en'), require('plotly.js/src/locale-en-us')]);
exports.Icons = require('plotly.js/src/fonts/ploticon');
var Plots = require('plotly.js/src/plots/plots');
var Fx = require('plotly.js/src/components/fx');
exports.Plots = { resize: Plots.resize, graphJson: Plots.graphJson };
exports.Fx = { hover: Fx.hover, unhover: Fx.unhover, loneHover: Fx.loneHover, loneUnhover: Fx.loneUnhover };
