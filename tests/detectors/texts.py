"""Documents for the tests of fingerprints: in each language one that is registered, and one by another hand about the
same thing, with the same institutions, terms and statutes in it. Written for these tests; the plant does not exist."""

GRID = """城南配电网保护定值与应急调度说明

一、范围
本说明适用于城南供电区内十千伏及以上电压等级的配电线路、开闭所与环网柜，规定继电保护定值的整定原则、临时调整的批准权限以及大面积停电时的恢复次序。各运行单位应当据此编制本单位的现场规程，并在每年汛期之前完成一次全面核对。

二、定值整定
线路过流一段按躲过最大合闸涌流整定，灵敏度不低于一点五；过流二段与下级配合，级差取零点三秒。环网运行方式改变后，值班调度员须在四小时内通知继电保护专责重新校核，未经校核的线路不得投入自愈功能。分布式光伏接入容量超过变压器额定容量四分之一的台区，应加装方向元件，防止反送电引起越级跳闸。

三、重要用户清单
城南供电区有一级重要用户七户，其中医院三户、水厂两户、通信枢纽与轨道交通牵引变电所各一户。上述用户均由两座不同的变电站供电，备用电源自动投入装置每季度试验一次，试验记录保存五年。任何检修计划不得使同一用户的两路电源同时退出运行。

四、恢复次序
全停之后先恢复站用电与调度通信，再恢复牵引变电所和水厂，随后恢复医院的第二电源，最后按街道分批送电。每一批负荷不超过变压器容量的六成，两批之间至少间隔八分钟，以免冷负荷启动造成二次跳闸。黑启动电源由城南蓄能电站二号机承担，其启动时间为十一分钟，升压路径经南湖站与柳营站。

五、保密
本说明所列定值、路径和用户名称属于企业内部掌握的信息，复制、外发须经生产技术部批准并登记。"""

GRID_ELSEWHERE = """滨海新城电网运行情况汇报

今年上半年，滨海新城供电区最大负荷比去年同期增长百分之九，十千伏线路平均负载率达到四成六。面对持续高温天气，我们提前完成了三座变电站的增容改造，新建开闭所两座、环网柜四十一台，配电自动化覆盖率提高到九成二。

在继电保护方面，专业人员对全部馈线的定值进行了复核，发现并改正问题十三处，主要是分支线路与主干线路的级差不足，以及部分台区光伏接入后没有及时调整方向元件。建议上级单位统一编写分布式电源接入条件下的整定指南，避免各区做法不一。

在重要用户服务方面，供电区现有医院五家、水厂一家、数据中心三家。客户经理每月上门检查自备应急电源，督促用户做好备用电源自动投入装置的试验。七月的一次雷击造成两条线路跳闸，医院的第二路电源在一秒内投入，没有影响手术。

在应急能力方面，我们与消防、交通、通信等部门联合举行了大面积停电演练，检验了调度通信、负荷分批恢复以及发电车支援等环节。演练暴露出现场指挥信息不畅、发电车接口不统一等不足，已经列入下半年整改计划。

下一步，供电区将继续推进老旧线路改造，研究利用储能装置参与黑启动，力争年底前把用户平均停电时间降到零点八小时以内，并按照网络安全与数据安全的要求管好生产数据。"""

PLANT = """Commissioning notes for the Eastbrook water treatment plant

1. Intake and screening
Raw water enters through two parallel intakes at the river bend, each fitted with a travelling screen of six millimetre
mesh. The eastern intake is the duty unit from October to April because silt collects on the western side after the
winter floods. When turbidity at the intake rises above forty units the operator closes the western gate, lowers the
flow to seventy per cent and doubles the dose of coagulant before the clarifiers are allowed to fill.

2. Clarification and filtration
The four clarifiers share one sludge line, so no more than one of them may be desludged at a time. Filters are washed
in the order three, one, four, two; the sequence keeps the clear well above the suction of the high lift pumps. A filter
that shows head loss of more than two metres within eighteen hours of its last wash is taken out of service and cored,
because mudballs have formed twice near the inlet wall of filter three.

3. Disinfection and storage
Chlorine is dosed at the inlet of the contact tank with a set point of one point four milligrams per litre. The second
dosing skid starts by itself when the residual at the outlet stays below half a milligram for ninety seconds. The
reservoir on Carver Hill holds eleven hours of average demand, and its isolating valve can be worked by hand from the
chamber behind the pumping station if the actuator loses power.

4. Control room
The programmable controllers are reached from the engineering station alone. Remote access by the supplier is opened for
a named person and closed at the end of the shift, and the shift supervisor writes both times in the log."""

PLANT_ELSEWHERE = """Annual report of the Millfield water works

The works treated on average thirty-eight million litres a day, two per cent more than last year. Turbidity of the raw
water was higher than usual in February and March, when heavy rain washed soil from the upper valley into the river, and
operators raised the dose of coagulant on nineteen days. No treated water left the works outside its limits.

Two of the six clarifiers were emptied for repair. New scrapers were fitted and the concrete of the launders was made
good. The filters were washed every thirty hours on average; the programme of replacing the sand began with filters five
and six and will go on next year. Head loss in the older filters remains a concern, and a contractor has been asked to
study whether larger underdrains would help.

Chlorine residuals in the network were steady. A second dosing skid was ordered so that maintenance no longer needs a
shutdown. The service reservoirs were inspected by divers, who found them clean and sound apart from a worn ladder.

The control system was moved to new programmable controllers in the autumn. Remote access by suppliers is now given for
single visits only, and every visit is logged. Staff were trained in the new procedures, and an exercise with the fire
service tested how the works would be run by hand if the control room were lost."""

PHRASES = """按照《中华人民共和国数据安全法》《网络数据安全管理条例》的有关规定，城南供电区配电网保护定值与应急调度
的管理办法由生产技术部解释。"""

NOTICE = """本文件由南江能源集团有限公司及其所属单位编制，仅供收件人使用。未经书面许可，任何单位和个人不得以任何方式
复制、传播、引用其中的全部或者部分内容。如您误收本文件，请立即通知发件人并予以销毁，对因使用本文件内容造成的任何直接或者
间接损失，编制单位不承担责任。本文件的解释权归南江能源集团有限公司所有，地址与联系方式见公司网站。"""
