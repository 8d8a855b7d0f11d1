"""The words synthetic organisations are named with: invented towns, streets, surnames, trades, causes and how they are shortened.

Belongs here: plain lists and nothing else, typed for this purpose. Does not: how words become names (`synthetic_bodies.py`)
or how a register writes them (`synthetic_records.py`). Where a list is drawn with a preference for its beginning, the commoner
words stand first, because the weight a model gives a word depends on how common it is.
"""

from __future__ import annotations


def lines(text: str) -> tuple[str, ...]:
    """Entries divided by `|`, over any number of lines."""
    return tuple(" ".join(entry.split()) for entry in text.split("|") if entry.strip())


def pairs(text: str) -> tuple[tuple[str, str], ...]:
    """Entries "one = other" divided by `|`."""
    parted = [entry.partition(" = ") for entry in lines(text)]
    return tuple((one, other) for one, _, other in parted)


# Places: no real town is meant, though a syllable or two will always meet one.
TOWN_STARTS = """
    Marl Brock Hels Tarn Wyn Cald Fenn Garr Ard Bel Cross Dray Elv Font Gil Hather Ivel Jarr Kett Lind Mossel Nether Orm
    Pinn Quarr Rav Sker Tolle Ulver Vann Wether Yar Ambl Birk Corran Dunmor Eskle Farr Glas Holm Inver Kirkal
""".split()
TOWN_ENDS_UK = """
    ton ham ley by worth wick ford den combe stead bury thorpe mouth dale burn gate well minster bridge shaw
""".split()
TOWN_ENDS_US = """
    ton ville burg field port wood ford dale mont view haven land brook ridge City Falls Springs Grove Heights Creek
""".split()
AREA_FORMS = lines("""
    {} Park | {} Green | {} Hill | North {} | South {} | {}side | Old {} | {} Cross | {} Village | West {} | East {} | {}
    Heights | {} Mains
    """)
REGIONS_GB = lines("Northshire | Marchland | Westmere | Eastmarch | Lowlands | Southdown | Fenland | Highmoor")
REGIONS_US = "AR OH PA GA NC WA MN CO TX MO".split()
REGIONS_CA = "ON BC AB MB".split()

STREET_NAMES_UK = lines("""
    High | Church | Station | Mill | Market | Queen | King | Victoria | Bridge | Park | London | Albert | Castle |
    Chapel | School | Grange | Manor | George | North | South | St Mary's | St John's | Abbey | Union | Frederick |
    Nelson | Wellington | Canal | Quay | Orchard | Hanover | Ramsden | Thistle | Garrow | Lonsdale | Harcourt | Belmore |
    Montague | Cromarty | Dunlin | Ferry | Foundry | Priory | Gladwin | Palmer | Rosebank | Seaview | Tanner | Warden |
    Westgate | Weaver | Cooper | Milburn | Marlpit | Tower
    """)
STREET_TYPES_UK = pairs("""
    Street = St | Road = Rd | Street = St | Road = Rd | Lane = Ln | Place = Pl | Avenue = Ave | Crescent = Cres |
    Terrace = Terr | Square = Sq | Drive = Dr | Gardens = Gdns | Row = Row | Walk = Walk | Way = Way
    """)
STREET_NAMES_US = lines("""
    Main | Oak | Maple | Washington | Park | Elm | Lake | Hill | Pine | Cedar | Lincoln | Jefferson | Madison | Jackson |
    Adams | Walnut | Spring | Mill | River | Highland | Franklin | Church | Chestnut | Center | Union | Pecan Hill |
    Orchard | Division | Harlan | Kingston | Mercer | Kelso | Dr. Martin Luther King Jr | Larkin | Thornhollow |
    Rodney | Marsden | Cottonwood | Asher | Grayson | Dogwood | Cypress | Fair Oaks | Old Mill | Sunset | Arlington | Palmetto |
    Magnolia | Prairie | Langdon | Ossian | Bellamy
    """)
STREET_TYPES_US = pairs("""
    Street = St | Avenue = Ave | Street = St | Avenue = Ave | Road = Rd | Boulevard = Blvd | Drive = Dr | Lane = Ln |
    Court = Ct | Parkway = Pkwy | Place = Pl | Highway = Hwy | Trail = Trl
    """)
ORDINALS = lines("First | Second | Third | Fourth | Fifth | Sixth | Seventh | Eighth | Ninth | Tenth")
BUILDINGS = lines("""
    {} House | {} Business Park | {} Shopping Centre | {} Community Centre | {} Court | {} Mill | {} Mall | {} Plaza | The
    {} Building | {} Works | {} Retail Park | {} Tower | {} Enterprise Centre | Old {} School | {} Arcade | {} Yard
    """)
UNITS = lines("""
    Unit {} | Suite {} | Flat {} | Office {} | First Floor | 2nd Floor | Ground Floor | Room {} | Studio {} | Ste {} |
    #{} | Shop {} | Bay {}
    """)

# People.
SURNAMES = """
    Smith Jones Taylor Brown Wilson Johnson Davis Patel Khan Martin Clark Hall Wood Green Lewis Harris Walker Young Allen
    King Wright Scott Baker Hill Campbell Murphy Kelly Nguyen Garcia Lopez Singh Ali Chen Lee Kim Wong Rossi Silva
    Kowalski Novak Schmidt O'Brien O'Neill McKay MacLean McAllister Fraser Hendry Abbott Barlow Carver Denholm Eastwick
    Farley Garside Harkness Ingram Jessop Kershaw Lomax Mallory Norrington Oakes Pemberton Quayle Rutter Sewell Thackeray
    Underhill Varley Whitlock Yardley Ziegler Bianchi Moreau Dubois Petrov Horvath Papadakis Yilmaz Haddad Okafor Mensah
    Banerjee Chaudhry Iyer Takahashi Tran Pham Delgado Ortega Castillo Vasquez Lindqvist Sorensen Brandt Weiss Kaplan
    Feldman Goldman Cohen Bauer Kruger Novotny Szabo Ionescu Baptiste Toussaint Ferreira Oliveira
""".split()
FIRST_NAMES = """
    James Mary John Robert Linda Michael David Susan William Maria Rosa Joe Tony Sam Anna Frank Peter Paul George Henry
    Charles Louise Marco Gino Luigi Carmen Elena Nina Sofia Layla Omar Yusuf Mei Ling Raj Priya Kofi Ada Grace Ella Max
    Leo Ruby Hattie Esther Ida Thomas Helen Edna Walter Florence Booker Cesar Benito Amelia Harriet Clara Eleanor Theodore
    Ulysses Grover Patrick Nathaniel Josephine
""".split()
SAINTS = """
    Mary John Peter Paul Andrew George James Michael Joseph Thomas Luke Mark Nicholas Anne Stephen Patrick Francis
    Margaret Catherine Columba Cuthbert Aidan Agnes Helen Barnabas Theresa
""".split()

# Words of names. ADJECTIVES × NOUNS make the mid-frequency names, sounds the rare ones.
ADJECTIVES = """
    Golden New Red Blue Royal Green Little Old Happy Bright Silver Black White Urban Fresh Wild Sunny Lucky Grand First
    Prime Quiet Brave Crystal Hidden Velvet Copper Crooked Rusty Twisted Olive Iron Flying Dancing Hungry Laughing Salty
    Spotted Thirsty Mad
""".split()
NOUNS = """
    Dragon Star Garden House Lion Oak Tree Rose Crown Bell Swan Fox Heron Owl Bridge Bean Leaf Spoon Fork Kettle Lantern
    Anchor Compass Harbour Tiger Lotus Palace Bamboo Pearl Phoenix Willow Maple Thistle Otter Raven Badger Hare Wheel
    Barrel Hearth Elephant Pine Acorn Pepper Ginger Saffron Basil Olive Plum Lemon Cactus Moon Sun River Rock Sparrow
    Robin Bee Stag Salmon
""".split()
SOUNDS = """
    ba be bi bo ca co da de di do du fa fi ga go ha hi ja jo ka ke ki ko la le li lo lu ma me mi mo na ne ni no nu pa pe
    po ra re ri ro ru sa se shi so su ta te ti to tu va ve vi vo ya yo za ze zo chan dar lan mir nor pal ran san tor van
    zen
""".split()
FOREIGN = lines("""
    La Cabaña | Le Jardin Bleu | Chez Odette | Il Forno | El Rincón | Trattoria Nonna | Café Lumière | Taj Mahal | Pho Sài
    Gòn | São Bento | Los Compadres | Chez Gaston | Die Küche | La Petite Fête | Señor Pico | Osteria del Ponte | Le
    Moulin | Il Gattopardo | El Molino | Sakura | Ristorante Vesuvio | Café Zürich | La Bottega | Bến Thành | Little
    Kraków | Casa Peña | Le Procope d'Or | Königshof | Mañana | Château Vert
    """)
LETTERS = "ABCDEFGHJKLMNPRSTW"
#: Written out in one register and in figures in another.
NUMBER_WORDS = dict(
    pairs("""
    One = 1 | Two = 2 | Three = 3 | Four = 4 | Five = 5 | Seven = 7 | Ten = 10 | Twelve = 12 | First = 1st |
    Second = 2nd | Third = 3rd | 21 = Twenty One | 24 = Twenty Four | 76 = Seventy Six
    """)
)
NUMBERED_NAMES = lines("""
    Seven {} | Three {} | {} 21 | {} 76 | Twelve {} | Four {} | {} 24 | {} 45 | Two {} | Number One {}
    """)

# Brands of chains: common words, because that is what a name match is misled by.
BRANDS = lines("""
    Bean Republic | Java Junction | Sub Depot | Noodle Express | Burger Bay | Pizza Palazzo | Chicken Corral | Taco
    Plaza | Donut Den | Bagel Barn | Curry Leaf | Quick Stop | Corner Basket | Value Basket | Daily Market | Penny Saver |
    Home Hardware Hub | Auto Parts Plus | Tyre Station | Speedy Muffler | Snip Stop | Shear Style | Fit Factory | Iron
    Gym | Smile Studio | Bright Optical | Care Pharmacy | Well Chemist | Book Barn | Game Galaxy | Phone Hut | Sole Mates
    Shoes | Thread & Needle | Second Chance Thrift | Helping Paws Shop | Hospice Boutique | Little Sprouts | Tiny Steps |
    Rainbow Kids | Bright Beginnings | Merchants Bank | Farmers & Merchants Bank | Union Savings Bank | County Credit
    Union | Royal Provident Bank | Northern Mutual | Sleep Inn Lodge | Harbor Suites | Wayside Lodge | Roadside Rest |
    Stay Simple | Petro Star | Gulfway | Fuel Express | Sun Petroleum | Wash World | Bubble Laundry | Key Storage | Budget
    Van Hire | City Parking | Green Cross Dental | Family Dentistry | Realty Partners | Homefinder Estates | Tax Helpers |
    Cash Corner | Travel Circle | Frozen Spoon
    """)
BRAND_DESCRIPTORS = lines("""
    Coffee | Café | Restaurant | Store | Express | Shop | Stores | Outlet | Centre | & Co | Local | Drive Thru
    """)

#: trade: the words that name it (one of them may be dropped), and what a fuller listing adds
TRADES: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "food": (
        lines("""
    Restaurant | Cafe | Bar | Grill | Pizza | Bakery | Kitchen | Diner | Bistro | Deli | Coffee House | Bar & Grill |
    Noodle House | Steakhouse | Tandoori | Fish Bar | Tea Room | Pub | Brasserie | Sushi | Pizzeria | Takeaway | Creamery
    """),
        lines("""
    & Bar | & Grill | Family Restaurant | Catering | Espresso Bar | Indian Cuisine | Fine Dining | & Lounge | Authentic
    Thai | and Take Out | Wine Bar | Seafood
    """),
    ),
    "shop": (
        lines("""
    Store | Shop | Market | Books | Flowers | Florist | Shoes | Jewellers | Convenience | Hardware | Furniture | Variety |
    Butchers | Cycles | Toys | Gifts | Fashions | Carpets | Grocers | Wine & Spirits | Pet Supplies | Music |
    Electronics | Interiors | Antiques
    """),
        lines("""
    & Gifts | Warehouse | Outlet | Online | and Accessories | Repairs | & Sons | Superstore | Home | Supplies
    """),
    ),
    "service": (
        lines("""
    Dental | Hair | Barbers | Salon | Dry Cleaners | Motors | Garage | Auto Repair | Travel | Pharmacy | Optometry |
    Veterinary Clinic | Tattoo | Nails | Physiotherapy | Fitness | Yoga | Medical Centre | Spa | Driving School |
    Photography | Dance Studio | Chiropractic | Tailors
    """),
        lines("""
    Care | & Implant Clinic | Studio | Centre | & Associates | Group | Services | Clinic | and Day Spa | Professionals |
    Academy | Body Works
    """),
    ),
    "firm": (
        lines("""
    Properties | Construction | Plumbing | Electrical | Consulting | Engineering | Logistics | Holdings | Developments |
    Investments | Solutions | Systems | Roofing | Joinery | Landscaping | Cleaning | Security | Accountants | Solicitors |
    Insurance | Recruitment | Media | Design | Software | Haulage | Lettings | Trucking | Heating & Cooling | Capital |
    Marketing | Technologies | Print | Farms | Homes
    """),
        lines("""
    Services | Group | UK | International | & Sons | Contractors | Company | Management | and Maintenance | Partners |
    Worldwide
    """),
    ),
    "charity": (
        lines("""
    Community Centre | Food Bank | Carers Centre | Advice Centre | Women's Refuge | Youth Project | Trust | Housing
    Association | Community Association | Hospice | Counselling Service | Disability Forum | Refugee Support | Development
    Trust | Furniture Project | Community Transport | Drop-In | Arts | Mental Health Association | Credit Union | Law
    Centre | Volunteer Bureau | Night Shelter | Community Pub | Community Land Trust | Playgroup | Animal Rescue | Family
    Support | Historical Society | Conservation Society | Children's Society | Rescue Mission | Literacy Council | Playbus
    """),
        lines("""
    Project | Group | Charity | and District | Limited by Guarantee | Support | Network | Partnership | Services |
    Enterprise | Hub | Initiative
    """),
    ),
    "worship": (
        lines("""
    Church | Parish Church | Baptist Church | Methodist Church | Church of Christ | Community Church | Chapel | Gospel
    Hall | Mosque | Temple | Lutheran Church | Episcopal Church | A.M.E. Church | Church of God | Assembly | Ministries |
    Fellowship | Synagogue | Cathedral
    """),
        lines("""
    of Scotland | Ministries | Centre | Community | International | PCC | Congregation | Mission
    """),
    ),
    "school": (
        lines("""
    Primary School | Elementary School | High School | Academy | School | College | Middle School | Grammar School |
    Charter School | Institute | Elementary | Secondary School | Junior School
    """),
        lines("""
    Community | Campus | Specialty | Public | and Nursery | Sixth Form | of Excellence | Dual Language | Annex
    """),
    ),
    "childcare": (
        lines("""
    Nursery | Day Care | Child Care | Learning Center | Preschool | Early Learning Centre | Head Start | Playschool |
    Kindergarten | Academy | Child Development Center | Day Nursery | Kids | Pre-School | Montessori
    """),
        lines("""
    Inc | Center | and Kindergarten | II | Academy | Too | After School | Program | Infant Center | Home
    """),
    ),
    "public": (
        lines("""
    Library | Council | Police Station | Fire Station | Leisure Centre | Post Office | Health Department | Job Centre |
    Museum | City Hall | Court | Swim Centre | Housing Authority | Park | Gardens | Recreation Center | Medical Practice |
    Hospital | Station | Community College
    """),
        lines("""
    Branch | Services | Office | Centre | and Archive | Authority | Annex | Main Building | Trust
    """),
    ),
    "lodging": (
        lines("""
    Hotel | Inn | Guest House | Hostel | Lodge | B&B | Suites | Apartments | Motel | House Hotel
    """),
        lines("""
    & Spa | and Suites | Bed and Breakfast | Resort | Hotel | & Conference Centre | Downtown | Bar
    """),
    ),
    "bank": (
        lines("Bank | Savings Bank | Credit Union | Building Society | Trust Company"),
        lines("Branch | ATM Lobby | & Trust | N.A. | Group | Financial"),
    ),
    "fuel": (
        lines("Service Station | Gas | Petrol Station | Filling Station | Fuels | Truck Stop"),
        lines("Garage | Car Wash | Express | & Go | Plaza"),
    ),
}

#: The same name in town after town.
COMMON_NAMES: dict[str, tuple[str, ...]] = {
    "charity": lines("""
    Village Hall | Age Matters | Women's Refuge | Citizens Help Bureau | Community Association | Neighbours First | Home
    Start | Memorial Hall | Youth Centre | Meals on Wheels | Humane Society | Habitat Builders | Boys & Girls Club |
    Rotary Club | Law Centre | Disability Resource Centre | Playgroup | Mind Matters
    """),
    "worship": lines("""
    St Mary's Church | All Saints | First Baptist Church | Holy Trinity | St Paul's | New Life Church | Bethel A.M.E.
    Church | Christ Church | Mount Zion
    """),
    "food": lines("""
    Golden Wok | Red Lion | Royal Oak | The Crown | Taj Mahal | China Garden | Joe's | Main Street Cafe | Peking Palace
    | The Bistro | Villa Roma
    """),
    "school": lines("""
    Lincoln | Washington Elementary | Jefferson | Central High School | St Joseph's School | Parkside Primary |
    Roosevelt | Franklin | St Thomas
    """),
    "service": lines("""
    Family Dentistry | Cutting Edge | A1 Motors | Village Vets | Main Street Pharmacy | Curl Up & Dye | Sunrise Cleaners |
    The Barber Shop
    """),
    "firm": lines("""
    ABC Properties | J Smith & Sons | Premier Homes | Apex Solutions | A & B Construction | Patel Investments | Summit
    Consulting
    """),
}
#: What stands before or after the name of a place in such names.
PLACE_NAME_FORMS = lines("{place} {name} | {name} {place} | {name} - {place} | {place} & District {name}")

# Relations between bodies.
CHILD_FORMS = lines("""
    {name} Trading Ltd | {name} Trading | {name} Enterprises Ltd | {name} Foundation | {name} Holdings Ltd | {name}
    Charitable Trust | Friends of {name} | {name} Nursery | {name} Shop | {name} Charity Shop | {name} Services Ltd |
    {name} Social Club | {name} Properties Ltd | {name} Endowment Fund | {name} Development Company | {name} Housing |
    {name} Auxiliary | {name} Pension Trust | {name} Café | The {name} Fund | {name} Property Management | {name} Alumni
    Association | Department of Physics, {name} | {name} Library | {name} School of Medicine | {name} Community Interest
    Company | {name} Youth Club
    """)
INSIDE_FORMS: dict[str, tuple[str, ...]] = {
    "worship": lines("""
    {name} Hall | {name} Preschool | {name} Community Cafe | {name} Food Pantry | {name} Toddler Group | Friends of {name}
    """),
    "lodging": lines("""
    {name} Restaurant | The Brasserie at {name} | {name} Spa | Bar at {name} | {name} Parking | {core} Grill Room |
    Conference Centre {name}
    """),
    "school": lines("""
    {name} PTA | {name} Parent Teacher Association | {name} Gym | {name} After School Club | {name} Parents Association |
    {name} Booster Club
    """),
    "bank": lines("{name} ATM | {name} Cash Machine | ATM ({name}) | {name} Mortgages"),
    "fuel": lines("""
    {name} Shop | {name} Car Wash | Coffee Corner at {name} | {name} Mini Mart | {name} Post Office
    """),
    "public": lines("""
    {name} Cafe | Friends of {name} | {name} Gift Shop | {name} Car Park | Crèche at {name} | {name} Dog Park
    """),
    "shop": lines("""
    {name} Cafe | {name} Pharmacy | {name} Optical | Post Office at {name} | {name} Tire Centre
    """),
}
SITE_AGENCIES = lines("""
    {town} Public Schools | {town} Union Association | {saint} Family Services | {town} Children's Services | Lakeside
    Settlement House | {town} State University | Young Horizons League | {adjective} {noun} Neighborhood House | Community
    Action of {town} | {saint} Social Services | Community Colleges of {town} | Centers for {noun} Families | {town} Child Care
    Society | {surname} Memorial Boys & Girls Clubs | {town} Park District | {town} Youth Centers | {town} Council |
    Y.W.C.A. of {town}
    """)
SITE_KINDS = lines("""
    Early Learning Center | Child Development Center | Head Start | School | Center | Academy | Preschool | Site | House |
    Elementary | Nursery | Family Center | Day Care | C.P.C. | Learning Center | Community Center
    """)
BUILDING_TENANTS = "firm service charity shop food public".split()
AGENT_NAMES = lines("""
    {surname} Registered Agents | {surname} & {other} Accountants | Company Formations Hub | {town} Business Centre |
    Virtual Office {town}
    """)

# How words are shortened or exchanged, full to short; the other way round happens just as well.
ABBREVIATIONS = dict(
    pairs("""
    Association = Assoc | Community = Comm | Centre = Ctr | Center = Ctr | Services = Svcs | Foundation = Fdn |
    University = Univ | Society = Soc | Company = Co | Department = Dept | School = Sch | Elementary = Elem |
    Academy = Acad | Management = Mgmt | Development = Dev | Brothers = Bros | International = Intl | Hospital = Hosp |
    Technologies = Tech | Saint = St | Mount = Mt | Restaurant = Rest | Construction = Constr | Engineering = Eng |
    Properties = Props | National = Natl | Neighborhood = Nbhd | Memorial = Mem | Limited = Ltd | Savings = Svgs |
    Housing = Hsg | Methodist = Meth | Baptist = Bapt | Episcopal = Episc | Authority = Auth | District = Dist |
    Bureau = Bur | Insurance = Ins | Investments = Inv
    """)
)
EXCHANGES = dict(
    pairs("""
    Centre = Center | Jewellers = Jewelers | Cafe = Café | Café = Caffe | Grill = Grille | Theatre = Theater |
    Harbour = Harbor | Gas = Fuel | Children's = Childrens | Women's = Womens | Day Care = Daycare |
    Preschool = Pre-School | Barbers = Barber Shop | Pizza = Pizzeria | Dental = Dental Practice | Tandoori = Indian
    Restaurant | Dentistry = Dental | Bar = Pub | Store = Shop | Nursery = Day Nursery | Motors = Garage |
    Hair = Hairdressing | Florist = Flowers | Medical Centre = Medical Practice | Convenience = Convenience Store |
    Church = Parish Church | Elementary School = School
    """)
)
LEGAL_FORMS: dict[str, tuple[str, ...]] = {
    "Ltd": ("Ltd", "Limited", "LTD", "Ltd.", "LIMITED"),
    "LLP": ("LLP", "L.L.P.", "Limited Liability Partnership"),
    "plc": ("plc", "PLC", "P.L.C."),
    "CIC": ("CIC", "C.I.C.", "Community Interest Company"),
    "CIO": ("CIO", "Charitable Incorporated Organisation"),
    "Inc": ("Inc", "Inc.", "Incorporated", ", Inc."),
    "LLC": ("LLC", "L.L.C.", ", LLC", "Llc"),
    "Corp": ("Corp", "Corp.", "Corporation"),
    "Co": ("Co", "Co.", "Company"),
    "Trust": ("Trust", "Charitable Trust"),
}
