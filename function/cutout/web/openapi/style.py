"""The style sheet of the page that shows the description: light and dark, phone and desktop."""

STYLE = """
:root {
  color-scheme: light dark; font: 1rem/1.55 system-ui, sans-serif;
  --faint: color-mix(in srgb, currentColor 68%, transparent);
  --line: color-mix(in srgb, currentColor 14%, transparent);
  --tint: color-mix(in srgb, currentColor 6%, transparent);
  --link: light-dark(#0b57d0, #8ab4f8);
}
body { margin: 0; background: light-dark(#fff, #16181c); color: light-dark(#1c1e21, #e3e5e8) }
header, main, nav { max-inline-size: 46rem; padding: 1rem; overflow-wrap: anywhere }
a { color: var(--link); text-underline-offset: .15em }
h1, h2, h3, h4 { line-height: 1.25; text-wrap: balance }
h1 { margin-block: .5rem }
h2 { margin-block: 3.5rem .5rem; padding-block-start: 1rem;
  border-block-start: 1px solid var(--line) }
h3 { margin-block: 2.5rem .5rem }
h4 { margin-block: 1.5rem .25rem; font-size: 1rem }
p { margin-block: .5rem }
code { font: .875em ui-monospace, monospace; background: var(--tint); border-radius: .2rem;
  padding: .1em .3em }
.call { margin-block: .75rem }
.call code { font-size: 1rem; font-weight: 600; padding: .25em .5em }
.faint, .kind { color: var(--faint) }
.kind { font-size: .9rem }
nav ul { list-style: none; padding: 0; margin: .25rem 0 1rem }
nav li { margin-block: .35rem; line-height: 1.35 }
nav p { margin-block: 1rem .25rem; font-weight: 600 }
nav a { text-decoration: none }
nav a:hover, nav a:focus-visible { text-decoration: underline }
dl { margin: 0 }
dl > div { padding-block: .5rem; border-block-start: 1px solid var(--line) }
dd { margin: 0; font-size: .95rem }
details a { white-space: nowrap; margin-inline-end: .5rem }
summary { cursor: pointer; color: var(--link); padding-block: .35rem }
:target { scroll-margin-block-start: 1rem }
div:target { background: var(--tint); box-shadow: 0 0 0 .5rem var(--tint) }
@media (min-width: 64rem) {
  body { display: grid; grid-template: auto 1fr / 17rem minmax(0, 50rem); column-gap: 2rem;
    justify-content: center }
  header { grid-column: 2 }
  nav { grid-area: 1 / 1 / 3; position: sticky; inset-block-start: 0; max-block-size: 100vh;
    overflow: auto; box-sizing: border-box; font-size: .9rem }
  main { grid-column: 2 }
  dl > div { display: grid; grid-template-columns: 15rem minmax(0, 1fr); column-gap: 1.5rem }
}
"""
