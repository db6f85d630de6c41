import type { JSX } from "solid-js";

const PATHS = {
  plus: "M12 5v14M5 12h14",
  minus: "M5 12h14",
  home: "M4 11.500 12 4l8 7.500M6 10v10h12V10",
  ruler: "M3 16 16 3l5 5L8 21zM7 12l2 2M10 9l2 2M13 6l2 2",
  table: "M4 5h16v14H4zM4 10h16M4 14.500h16M10 5v14",
  print: "M7 9V4h10v5M7 17H4v-7h16v7h-3M7 14h10v6H7z",
  plug: "M9 3v5M15 3v5M6 8h12v3a6 6 0 0 1-12 0zM12 17v4",
  layers: "M12 4 3 9l9 5 9-5zM3 14l9 5 9-5",
  search: "M10.500 4a6.500 6.500 0 1 1 0 13 6.500 6.500 0 0 1 0-13zM15.500 15.500 20 20",
  close: "M6 6l12 12M18 6 6 18",
  sun: "M12 8a4 4 0 1 1 0 8 4 4 0 0 1 0-8zM12 2v2M12 20v2M2 12h2M20 12h2M5 5l1.500 1.500M17.500 17.500 19 19M19 5l-1.500 1.500M6.500 17.500 5 19",
  moon: "M20 14.500A8.500 8.500 0 0 1 9.500 4 8.500 8.500 0 1 0 20 14.500z",
  chevron: "m9 6 6 6-6 6",
  download: "M12 4v11M7 10.500 12 15.500l5-5M5 20h14",
  upload: "M12 20V9M7 13.500 12 8.500l5 5M5 4h14",
  target: "M12 5a7 7 0 1 1 0 14 7 7 0 0 1 0-14zM12 2v5M12 17v5M2 12h5M17 12h5",
} as const;

export type IconName = keyof typeof PATHS;

/** A drawn sign; its words stand beside it or in the button's label. */
export function Icon(props: { name: IconName }): JSX.Element {
  return (
    <svg class="icon" viewBox="0 0 24 24" aria-hidden="true">
      <path d={PATHS[props.name]} />
    </svg>
  );
}

/** The sign of the service: four lots. */
export function Mark(): JSX.Element {
  return (
    <svg class="mark" viewBox="0 0 32 32" aria-hidden="true">
      <rect class="mark-ground" width="32" height="32" rx="7" />
      <path class="mark-a" d="M6 20.500 12.500 7h6L14 24z" />
      <path class="mark-b" d="M20.500 7H26l-3 8h-5.200z" />
      <path class="mark-c" d="M16.900 17.500h5.200L19.600 25h-5.400z" />
    </svg>
  );
}
