// Dash loads plotly.js when the first graph appears; this names our smaller bundle instead of its own.
// The version must equal plotly.offline.get_plotlyjs_version(); a test compares them.
Object.defineProperty(window, '_dashPlotlyJSURL', {
  get: () => '/assets/vendor/plotly-wattboard-4.1.1.min.js?v=4.1.1',
  set: () => {},
});
