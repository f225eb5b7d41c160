const WHOLE_SCREEN = {
  name: 'Full screen',
  icon: { width: 24, height: 24, path: 'M4 4h6v2H6v4H4zm10 0h6v6h-2V6h-4zM4 14h2v4h4v2H4zm14 0h2v6h-6v-2h4z' },
  click: (chart) => (document.fullscreenElement ? document.exitFullscreen() : chart.requestFullscreen()),
};

/** One object for all draws: Plotly starts a chart anew where it finds another. */
const CONFIG = {
  displaylogo: false,
  modeBarButtonsToRemove: ['select2d', 'lasso2d', 'autoScale2d'],
  modeBarButtonsToAdd: [WHOLE_SCREEN],
};

/** Plotly.js, asked for once for all charts of all pages. */
function library(source) {
  window.evallibPlotly ??= new Promise((loaded, failed) => {
    const script = document.createElement('script');
    script.onload = () => loaded(window.Plotly);
    script.onerror = () => { window.evallibPlotly = undefined; failed(new Error('Plotly.js did not load.')); };
    script.src = source;
    document.head.append(script);
  });
  return window.evallibPlotly;
}

const NEUTRAL = '#8A8F98';

/** What a chart takes from the theme of the page. */
function themed(chart) {
  const style = getComputedStyle(chart), value = (name) => style.getPropertyValue(name).trim();
  const font = { color: value('--st-text-color'), family: value('--st-font') };
  const hoverlabel = { bgcolor: value('--st-background-color'), bordercolor: value('--st-border-color'), font };
  return { font, hoverlabel, modebar: { bgcolor: 'rgba(0, 0, 0, 0)', color: NEUTRAL, activecolor: font.color } };
}

/** What is shown, with all parts that stay the same as before: Plotly draws anew where it finds another array. */
function kept(before, now) {
  if (!before || !now || typeof now !== 'object') return now;
  if (JSON.stringify(before) === JSON.stringify(now)) return before;
  if (Array.isArray(now)) return now.map((part, place) => kept(before[place], part));
  return Object.fromEntries(Object.entries(now).map(([name, part]) => [name, kept(before[name], part)]));
}

/** The figure for the width that the chart has. */
function fitting({ data, layout }, width) {
  const narrow = layout.meta?.narrow;
  if (!narrow || width >= narrow.below) return { data, layout };
  return { data: data.filter((_, place) => !narrow.hidden.includes(place)), layout: { ...layout, ...narrow.layout } };
}

function draw(chart, Plotly, figure) {
  const theme = themed(chart), width = chart.clientWidth, { data, layout } = fitting(figure, width);
  const height = document.fullscreenElement === chart ? window.innerHeight : layout.height;
  const font = { ...layout.font, ...theme.font };
  chart.style.minHeight = `${layout.height}px`;
  return Plotly.react(chart, data, { ...layout, ...theme, font, width, height, uirevision: 'zoom stays' }, CONFIG);
}

/** A click on a point that leads somewhere tells which it is; one on the same point again, that it was left. */
function follow(chart, tell) {
  chart.removeAllListeners('plotly_click');
  chart.on('plotly_click', ({ points: [point] }) => {
    // A point that leads nowhere has a minus before its number.
    const { id } = point, leads = id && !id.startsWith('-');
    chart.followed = leads && id !== chart.followed ? id : undefined;
    tell('followed', chart.followed ?? '');
  });
}

/** Called for new data, and for a new theme; the chart stays on screen until it is drawn anew. */
export default async function ({ data, parentElement, setStateValue }) {
  const [title, chart, caption] = ['title', 'chart', 'caption'].map((part) => parentElement.querySelector(`.evallib-${part}`));
  const asked = new TextDecoder().decode(data), { source, figure: now, ...said } = JSON.parse(asked);
  const loading = library(source);
  if (!now) return;
  const figure = chart.figure = kept(chart.figure, now);
  title.textContent = said.title;
  caption.textContent = said.caption;
  chart.setAttribute('aria-label', said.alt);
  chart.style.minHeight = `${fitting(figure, chart.clientWidth).layout.height}px`;
  chart.asked = asked;
  const Plotly = await loading, theme = JSON.stringify(themed(chart));
  if (chart.asked !== asked || chart.shown === asked + theme) return;
  // Another figure has other points: what was clicked on is not in it.
  if (chart.followed && !chart.shown.startsWith(asked)) setStateValue('followed', chart.followed = '');
  chart.shown = asked + theme;
  chart.redraw = () => chart.clientWidth && draw(chart, Plotly, figure);
  await chart.redraw();
  if (figure.data.some((trace) => trace.ids)) follow(chart, setStateValue);
  chart.onfullscreenchange = () => chart.redraw();
  chart.sized ??= new ResizeObserver(() => chart.clientWidth !== chart.layout?.width && chart.redraw());
  chart.sized.observe(chart);
}
